"""Nothing a client sends is answered with 500."""

import json

import httpx
import pytest
import pytest_asyncio

from subjects import errors
from tests.wire.gateway.conftest import standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP = 10_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory):
    """One gateway for all of them: it is the same afterwards as before."""
    async with (
        standing(tmp_path_factory.mktemp("nats")) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"function": "text.shout"} x', 400, "invalid_json"),
        (b'\xef\xbb\xbf{"function": "text.shout"}', 400, "invalid_json"),
        (b'{"function": "text.shout", "input": NaN}', 400, "invalid_json"),
        (b'{"function": "text.shout", "input": Infinity}', 400, "invalid_json"),
        (b'{"function": "text.shout", "input": "\xff\xfe"}', 400, "invalid_utf8"),
        (b'{"function": "\xff\xfe"}', 400, "invalid_utf8"),
        (b'{"function": "text.shout", "input": "\\ud800"}', 400, "invalid_json"),
        (b'{"function": "text.shout", "input": ' + b"[" * DEEP + b"]" * DEEP + b"}", 400, "too_deep"),
        (b"[" * 200_000, 400, "too_deep"),
        (b'{"a":' * DEEP, 400, "too_deep"),
        (b"[]", 422, "invalid_request"),
        (b"null", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"function": 1}', 422, "invalid_request"),
        (b'{"function": "text.shout", "surprise": 1}', 422, "invalid_request"),
        (b'{"function": "text.shout", "timeout": -1}', 422, "invalid_request"),
        (b'{"function": "text.shout", "timeout": true}', 422, "invalid_request"),
        (b'{"function": "text.shout", "timeout": 1' + b"0" * 400 + b"}", 422, "invalid_request"),
        (b'{"function": "text.shout", "max_attempts": 1' + b"0" * 400 + b"}", 422, "invalid_request"),
        (b'{"function": "text.shout", "max_attempts": 0}', 422, "invalid_request"),
        (b'{"function": "text.shout", "in": 1e10}', 422, "invalid_request"),
        (b'{"function": "text.shout", "at": "tomorrow"}', 422, "invalid_request"),
        (b'{"function": "text.shout", "at": "2030-01-01T00:00:00"}', 422, "invalid_request"),
        (b'{"function": "text.shout", "at": "9999-12-31T23:59:59Z", "in": 1}', 422, "invalid_request"),
        (b'{"function": "text.shout", "priority": "urgent"}', 422, "invalid_priority"),
        (b'{"function": "text.shout", "id": "a.b"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": "a b"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": "*"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": ">"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": ""}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": "a\\u0000"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": "a\\r\\nNats-Rollup: all"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "id": "' + b"x" * 1000 + b'"}', 422, "invalid_id"),
        (b'{"function": "text.shout", "parent": "a\\r\\nNats-Rollup: all"}', 422, "invalid_id"),
        (b'{"function": "text"}', 422, "invalid_id"),
        (b'{"function": "text.*"}', 422, "invalid_id"),
        (b'{"function": "text.a.b"}', 422, "invalid_id"),
        (b'{"function": "' + b"x" * 100_000 + b'"}', 422, "invalid_id"),
    ],
)
async def test_a_bad_submission_is_a_clear_problem(http, body, status, code):
    answer = await http.post("/api/tasks", content=body, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "retryable", "instance"} <= set(problem)
    assert problem["type"] == f"/problems/{code}"
    assert problem["retryable"] is False
    assert len(problem["detail"]) < 500


async def test_a_huge_integer_in_an_input_is_the_functions_business(http):
    body = b'{"function": "text.shout", "input": {"n": 1' + b"0" * 400 + b"}}"
    assert (await http.post("/api/tasks", content=body)).status_code == 202


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/msgpack", "x"]
)
async def test_a_body_that_is_not_called_json_is_refused(http, kind):
    answer = await http.post("/api/tasks", content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/cloudevents+json", None])
async def test_every_json_is_json(http, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await http.post("/api/tasks", content=b'{"function": "text.shout"}', headers=headers)
    assert answer.status_code == 202


async def pieces():
    for _ in range(40):
        yield b"x" * 65_536


@pytest.mark.parametrize("content", [b"x" * 2_000_000, pieces])
async def test_a_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not(http, content):
    answer = await http.post("/api/tasks", content=content() if callable(content) else content)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


async def test_an_input_that_is_too_large_is_refused(http):
    body = json.dumps({"function": "text.shout", "input": "x" * ((1 << 20) + 1)})
    answer = await http.post("/api/tasks", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/tasks/a/b/c", 404),
        ("PATCH", "/api/tasks/a", 405),
        ("PUT", "/api/tasks", 405),
        ("GET", "/api/tasks/a%2Eb", 422),
        ("GET", "/api/tasks/a%00b", 422),
        ("GET", "/api/tasks/%ff%fe", 422),
        ("GET", "/api/tasks/..%2f..%2fetc", 404),
        ("GET", "/api/tasks/" + "x" * 8000, 422),
        ("GET", "/api/tasks/%C3%A9", 422),
        ("GET", "/api/tasks/*", 422),
        ("GET", "/api/tasks/a/result?wait=abc", 422),
        ("GET", "/api/tasks/a/result?wait=nan", 422),
        ("GET", "/api/tasks/a/result?wait=-1", 422),
        ("GET", "/api/tasks/a%0d/events", 422),
        ("DELETE", "/api/tasks/a.b", 422),
        ("POST", "/api/tasks/a.b/retry", 422),
        ("GET", "/api/tasks?limit=0", 422),
        ("GET", "/api/tasks?limit=1000000000", 422),
        ("GET", "/api/tasks?limit=x", 422),
        ("GET", "/api/tasks?cursor=forged", 422),
        ("GET", "/api/tasks?cursor=eyJ1cHRvIjotMX0", 422),
        ("GET", "/api/tasks?state=great", 422),
        ("GET", "/api/tasks?queue=a.b", 422),
        ("GET", "/api/tasks?function=a.b.c", 422),
        ("GET", "/api/tasks?priority=urgent", 422),
        ("GET", "/api/tasks?since=yesterday", 422),
        ("GET", "/api/tasks?queue=%ff", 422),
        ("GET", "/api/functions/nope", 422),
        ("GET", "/api/functions/no.pe", 404),
        ("GET", "/api/functions/%3E", 422),
        ("GET", "/api/events", 422),
        ("GET", "/api/events?channel=nope", 404),
        ("GET", "/api/events?channel=task_progress&since=-1", 422),
        ("GET", "/api/dead-letters?queue=%3E", 422),
        ("DELETE", "/api/dead-letters/nope", 404),
        ("DELETE", "/api/dead-letters/*", 422),
        ("POST", "/api/dead-letters/nope/requeue", 404),
        ("DELETE", "/api/schedules/nope", 404),
        ("DELETE", "/api/schedules/%3E", 422),
        ("POST", "/api/schedules/nope/pause", 404),
        ("GET", "/problems/nope", 404),
    ],
)
async def test_a_bad_address_is_a_clear_problem(http, method, path, status):
    answer = await http.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/monitoring/alerts?state=loud", "state"),
        ("/api/monitoring/alerts?severity=loud", "severity"),
        ("/api/tasks?state=great", "state"),
        ("/api/analytics/queries/tasks?format=xml", "format"),
    ],
)
async def test_a_wrong_filter_is_named_as_it_was_sent(http, path, key):
    problem = (await http.get(path)).json()
    assert [(one["key"], one["source"]) for one in problem["errors"]] == [(key, "query")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "n", "function": "text.shout"}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "cron": "x"}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "cron": "99 * * * *"}, "invalid_request"),
        ({"name": "a.b", "function": "text.shout", "every": 5}, "invalid_id"),
        ({"name": "n", "function": "textno", "every": 5}, "invalid_id"),
        ({"name": "n", "function": "text.shout", "every": 1.5}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "every": 1e12}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "cron": "0 0 30 2 *"}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "cron": "@every 5s"}, "invalid_request"),
        ({"name": "n>*", "function": "text.shout", "every": 5}, "invalid_id"),
        ({"name": "nächtlich", "function": "text.shout", "every": 5}, "invalid_id"),
        ({"name": "n", "function": "text.shout", "every": 0}, "invalid_request"),
        ({"name": "n", "function": "text.shout", "cron": "@daily\r\nNats-Rollup: all"}, "invalid_request"),
        (
            {"name": "n", "function": "text.shout", "cron": "@daily", "timezone": "Moon\r\nX: y"},
            "invalid_request",
        ),
    ],
)
async def test_a_bad_schedule_is_a_clear_problem(http, body, code):
    assert (await http.post("/api/schedules", json=body)).json()["code"] == code


async def test_every_problem_can_be_looked_up(http):
    for row in errors.ROWS:
        told = (await http.get(f"/problems/{row.code}")).json()
        assert (told["title"], told["status"]) == (row.title(), row.status)
    assert len((await http.get("/problems")).json()) == len(errors.ROWS)
