"""Named questions over HTTP: typed, bounded, as JSON or CSV, and refused with a hint."""

import csv
import io

from subjects import names, streams
from subjects.bus import Records
from tests.wire.gateway.conftest import eventually
from tests.wire.gateway.test_tasks import finish


async def test_the_list_of_questions_says_what_they_take_and_is_fetched_once(http, analytics):
    answer = await http.get("/api/analytics/queries")
    [slowest] = [each for each in answer.json() if each["name"] == "slowest"]
    assert {"name": "limit", "type": "int", "default": 20, "doc": "Rows at most.", "words": []} in slowest[
        "parameters"
    ]
    again = await http.get("/api/analytics/queries", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_an_answer_is_a_table_or_csv(http, bus, analytics):
    await finish(bus, "t1")
    path = "/api/analytics/queries/tasks?limit=5"
    answer = await eventually(lambda: http.get(path), lambda got: got.json().get("rows"))
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (len(body["rows"]), body["truncated"]) == (1, False)
    by_accept = await http.get(path, headers={"Accept": "text/csv"})
    by_name = await http.get(f"{path}&format=csv")
    assert by_accept.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_accept.content == by_name.content
    [row] = csv.DictReader(io.StringIO(by_name.text))
    assert (row["id"], list(row)) == ("t1", body["columns"])


async def test_a_wrong_question_is_a_problem_that_names_the_nearest(http, analytics):
    for path, status, hint in (
        ("slowst", 404, "did you mean slowest"),
        ("slowest?limt=3", 422, "did you mean limit"),
        ("slowest?limit=many", 422, "whole number"),
        ("slowest?limit=1&limit=2", 422, "given twice"),
        ("slowest?format=xml", 422, "format"),
    ):
        answer = await http.get(f"/api/analytics/queries/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert hint in answer.text, answer.text


async def test_without_analytics_questions_are_a_problem(http):
    answer = await http.get("/api/analytics/queries/slowest")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_task_whose_result_is_no_longer_kept_is_still_told_of(http, bus, analytics):
    await finish(bus, "old")
    path = "/api/analytics/queries/tasks?limit=5"
    await eventually(lambda: http.get(path), lambda got: got.json().get("rows"))
    whole = (await http.get("/api/tasks/old")).json()
    await Records(bus, streams.STREAM_RESULTS).purge(names.any_result("old"))
    left = await http.get("/api/tasks/old")
    assert left.status_code == 200
    assert left.json()["function"] == whole["function"]
    assert left.json()["state"] == whole["state"]
    assert "result" in whole
    assert "result" not in left.json()
    assert (await http.get("/api/tasks/never")).status_code == 404
