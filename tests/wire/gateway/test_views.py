"""What can be looked at: lists, catalog, schedules, dead letters, measurements."""

import pytest
from msgspec import Raw

from functions.adapters.artifacts import StoredArtifacts
from subjects import codec
from subjects.kv import Bucket, Objects
from subjects.messages import DeadLetter, ErrorInfo, Held, WorkerInfo
from tests.wire.gateway.conftest import eventually, worker
from tests.wire.gateway.test_tasks import finish, shout


async def pages(http, query):
    """All pages of a list, as lists of ids."""
    found, cursor = [], None
    while True:
        answer = await http.get(f"/api/tasks?{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status_code == 200, answer.text
        found.append([row["id"] for row in answer.json()["items"]])
        cursor = answer.json()["next"]
        if cursor is None:
            return found


async def test_unfinished_tasks_are_listed_newest_first_page_by_page(http):
    for number in range(7):
        await http.post("/api/tasks", json=shout(id=f"t{number}"))
    listed = await pages(http, "state=queued&limit=3")
    assert listed == [["t6", "t5", "t4"], ["t3", "t2", "t1"], ["t0"]]


async def test_an_artifact_is_a_download_that_no_browser_runs(http, bus):
    data = b"<script>alert(1)</script>"
    made = await StoredArtifacts(Objects(bus, "artifacts")).put("x.html", data, "text/html")
    answer = await http.get(f"/api/artifacts/{made.sha256}", params={"name": '../a"b.html'})
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="a_b.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    for unknown in ("0" * 64, "..", "x"):
        assert (await http.get(f"/api/artifacts/{unknown}")).status_code == 404


async def test_the_list_knows_bare_and_delayed_tasks_but_not_schedules(http, bus):
    await bus.store("task.text.shout", b"{}")
    await http.post("/api/tasks", json={**shout(id="later"), "in": 3600})
    await http.post("/api/schedules", json={"name": "hourly", "function": "text.shout", "every": 3600})
    answer = (await http.get("/api/tasks?state=queued")).json()
    assert answer["items"][0]["id"] == "later"
    assert answer["items"][0]["at"]
    assert len(answer["items"]) == 2
    assert answer["items"][1]["id"].startswith("q")


async def test_the_list_can_be_narrowed(http, bus):
    await http.post("/api/tasks", json=shout(id="a", priority="high"))
    await http.post("/api/tasks", json={"function": "perfect_recall.memory_store", "id": "b"})
    held = [Held("a", "text.shout", 2, "ack", codec.now())]
    await Bucket(bus, "workers", WorkerInfo).put("w1", worker(held=held), ttl=60)
    for query, ids in {
        "state=queued": ["b"],
        "state=running": ["a"],
        "state=queued&queue=perfect_recall": ["b"],
        "state=running&queue=perfect_recall": [],
        "state=queued&function=memory_store": ["b"],
        "state=running&function=text.shout": ["a"],
        "state=running&priority=high": ["a"],
        "state=running&priority=low": [],
        "state=queued&text=MEMORY": ["b"],
        "state=queued&since=2099-01-01T00:00:00Z": [],
        "state=waiting": [],
    }.items():
        assert await pages(http, query) == [ids], query
    [row] = (await http.get("/api/tasks?state=running")).json()["items"]
    assert (row["worker"], row["attempt"]) == ("w1", 2)


async def test_finished_tasks_follow_from_analytics(http, bus, analytics):
    for number in range(5):
        await finish(bus, f"done{number}")
    await http.post("/api/tasks", json=shout(id="waiting"))
    await eventually(
        lambda: http.get("/api/tasks?state=completed"), lambda got: len(got.json()["items"]) == 5
    )
    assert await pages(http, "limit=2") == [["waiting", "done4"], ["done3", "done2"], ["done1", "done0"], []]
    assert await pages(http, "state=failed") == [[]]
    assert await pages(http, "priority=low&state=completed") == [[]]
    assert await pages(http, "state=completed&since=2099-01-01T00:00:00Z") == [[]]
    [row, *_] = (await http.get("/api/tasks?state=completed")).json()["items"]
    assert (row["function"], row["state"], row["worker"], row["run_ms"]) == (
        "text.shout",
        "completed",
        "w1",
        0.0,
    )


async def test_without_analytics_finished_tasks_cannot_be_listed_and_that_is_said(http):
    for query in ("state=completed", ""):
        answer = await http.get(f"/api/tasks?{query}")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "analytics does not answer" in answer.json()["detail"]
        assert answer.headers["retry-after"]


async def test_functions_are_shown_with_their_schemas(http):
    listed = (await http.get("/api/functions")).json()
    assert [info["name"] for info in listed] == ["perfect_recall.memory_store", "text.shout"]
    one = (await http.get("/api/functions/text.shout")).json()
    assert one["input_schema"]["properties"] == {"text": {"type": "string"}}


async def test_workers_engines_and_agents_are_what_the_buckets_say(http, bus):
    held = [Held("a", "text.shout", 1, "ack", codec.now())]
    await Bucket(bus, "workers", WorkerInfo).put("w1", worker(held=held), ttl=60)
    assert [each["id"] for each in (await http.get("/api/workers")).json()] == ["w1"]
    [agent] = (await http.get("/api/agents")).json()
    assert (agent["queue"], agent["status"], agent["current"], agent["workers"]) == (
        "text",
        "processing",
        ["a"],
        1,
    )
    [engine] = (await http.get("/api/engines")).json()
    assert (engine["queue"], engine["status"], engine["success_rate"]) == ("perfect_recall", "offline", None)


async def test_engines_are_measured_where_analytics_runs(http, bus, analytics):
    await finish(bus, "t1")

    async def ask():
        return (await http.get("/api/agents")).json()

    [agent] = await eventually(ask, lambda got: got and got[0]["throughput"] > 0)
    assert (agent["queue"], agent["success_rate"]) == ("text", 100.0)


async def test_a_schedule_lives_pauses_and_goes(http):
    body = {"name": "hourly", "function": "text.shout", "cron": "0 * * * *"}
    assert (await http.post("/api/schedules", json=body)).status_code == 201
    assert [each["name"] for each in (await http.get("/api/schedules")).json()] == ["hourly"]
    assert (await http.post("/api/schedules/hourly/pause")).json()["paused"] is True
    assert not (await http.post("/api/schedules/hourly/resume")).json().get("paused")
    assert (await http.delete("/api/schedules/hourly")).status_code == 204
    assert (await http.get("/api/schedules")).json() == []


async def test_dead_letters_are_listed_requeued_and_dropped(http, bus):
    error = ErrorInfo("handler_failed", "no", True)
    for id in ("d1", "d2"):
        await finish(bus, id, state="failed", output=Raw(b"null"))
        letter = DeadLetter(id, "text.shout", "medium", Raw(b"{}"), error, 4, codec.now())
        await bus.store(f"dlq.text.shout.{id}", codec.encode(letter))
    assert [each["id"] for each in (await http.get("/api/dead-letters")).json()] == ["d1", "d2"]
    assert (await http.get("/api/dead-letters?queue=other")).json() == []
    requeued = await http.post("/api/dead-letters/d1/requeue")
    assert (requeued.status_code, requeued.json()["state"]) == (202, "queued")
    assert (await http.delete("/api/dead-letters/d2")).status_code == 204
    assert (await http.get("/api/dead-letters")).json() == []


async def test_measurements_have_the_shape_that_others_rely_on(http, bus, analytics):
    await finish(bus, "t1")
    metrics = await eventually(
        lambda: http.get("/api/monitoring/metrics"),
        lambda got: got.json()["response_times"]["p50"] is not None,
    )
    body = metrics.json()
    wanted = {"cpu_usage", "memory_usage", "disk_usage", "network_io", "response_times", "error_rates"}
    assert wanted | {"throughput", "timestamp"} <= set(body)
    assert set(body["response_times"]) == {"p50", "p95", "p99"}
    assert set(body["error_rates"]) == {"1h", "6h", "24h", "7d"}
    assert set(body["network_io"]) == {"bytes_sent", "bytes_received"}
    assert (body["tasks"], body.get("window")) == (1, None)
    of_day = (await http.get("/api/monitoring/metrics?window=24h")).json()
    assert (of_day["window"], of_day["tasks"], of_day["previous"]["tasks"]) == ("24h", 1, 0)
    assert of_day["throughput"] == pytest.approx(1 / 1440)
    assert set(of_day["queue_times"]) == {"p50", "p95", "p99"}
    assert of_day["error_rates"] == body["error_rates"]
    unknown = await http.get("/api/monitoring/metrics?window=3h")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_request")


async def test_the_overview_is_one_row(http, analytics):
    answer = await eventually(lambda: http.get("/api/system/overview"), lambda got: got.status_code == 200)
    assert {"health", "workers", "queued", "running", "throughput", "error_rate"} <= set(answer.json())
    of_week = (await http.get("/api/system/overview?window=7d")).json()
    assert {"finished", "failed", "response_p95", "queue_p95", "run_p95", "health"} <= set(of_week)
    assert (of_week["window"], of_week["finished"], of_week["throughput"]) == ("7d", 0, 0.0)


async def test_without_analytics_measurements_are_a_problem_not_a_guess(http):
    for path in ("/api/monitoring/metrics", "/api/system/overview"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "analytics" in answer.json()["detail"]
