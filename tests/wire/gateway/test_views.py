"""What can be looked at: lists, catalog, schedules, dead letters, health, measurements."""

import asyncio
import re

import httpx
import pytest
from msgspec import Raw

from analytics import service
from analytics.settings import AnalyticsSettings
from gateway import serve
from gateway.routes.home import PLACES
from gateway.settings import GatewaySettings
from infra import topology
from infra.server import ServerSettings, running
from subjects import codec, errors
from subjects.bus import Bus
from subjects.kv import Bucket
from subjects.messages import DeadLetter, ErrorInfo, Held, WorkerInfo
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import serving, talking
from tests.wire.gateway.test_tasks import finish, shout


@pytest.fixture
async def analytics(nats_server, bus, tmp_path):
    """The real analytics service, quicker than usual."""
    nats = NatsSettings(url=nats_server.url, name="analytics")
    settings = AnalyticsSettings(nats=nats, file=tmp_path / "a.duckdb", flush=0.01, status_every=0.05)
    async with service.running(settings) as store:
        yield store


async def eventually(ask, wanted):
    """Ask until the answer is as wanted: rows and statuses come a moment later."""
    async with asyncio.timeout(10):
        while not wanted(answer := await ask()):  # noqa: ASYNC110 - it is asked over the wire
            await asyncio.sleep(0.02)
    return answer


def worker(id="w1", **more):
    return WorkerInfo(id, "host", 1, ["text.shout"], 16, "running", codec.now(), codec.now(), **more)


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


async def test_the_overview_is_one_row(http, analytics):
    answer = await eventually(lambda: http.get("/api/system/overview"), lambda got: got.status_code == 200)
    assert {"health", "workers", "queued", "running", "throughput", "error_rate"} <= set(answer.json())


async def test_without_analytics_measurements_are_a_problem_not_a_guess(http):
    for path in ("/api/monitoring/metrics", "/api/system/overview"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "analytics" in answer.json()["detail"]


async def test_health_names_each_part_and_why(http, bus):
    told = (await http.get("/health")).json()
    assert told["health"] == "degraded"
    assert told["parts"]["nats"]["state"] == "healthy"
    assert told["parts"]["workers"] == {"state": "degraded", "reason": "no worker is alive; tasks wait"}
    assert "analytics does not answer" in told["parts"]["analytics"]["reason"]


async def test_a_whole_system_is_healthy(http, bus, analytics):
    await Bucket(bus, "workers", WorkerInfo).put("w1", worker(), ttl=60)
    told = await eventually(lambda: http.get("/health"), lambda got: got.json()["health"] == "healthy")
    assert set(told.json()["parts"]) == {"nats", "streams", "workers", "analytics", "tasks"}


async def test_a_gateway_is_ready_while_nats_and_the_streams_are_there(nats_server, announced, bus):
    async with (
        serving(nats_server.url, monitor_url=nats_server.monitor_url) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        assert (await http.get("/readyz")).status_code == 200
        await bus.api("STREAM.DELETE.RESULTS")
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["parts"]) == (503, {"streams": "missing: RESULTS"})
        nats_server.kill()
        unready = await eventually(lambda: http.get("/readyz"), lambda got: "nats" in got.json()["parts"])
        assert unready.status_code == 503
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/health")).json()["health"] == "degraded"


async def test_prometheus_reads_what_was_counted(http, bus):
    await http.post("/api/tasks", json=shout(id="p1"))
    await http.get("/api/tasks/p1")
    await http.get("/api/tasks/p2")
    await http.get("/nowhere")
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    assert 'revo_http_requests_total{method="POST",route="/api/tasks",status="202"} 1' in text
    assert 'revo_http_requests_total{method="GET",route="/api/tasks/{id}",status="404"} 1' in text
    assert 'revo_http_requests_total{method="GET",route="none",status="404"} 1' in text
    assert "revo_nats_connected 1" in text
    assert "p1" not in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \S+ .+|\w+(\{[^}]*(\{id\})?[^}]*\})? [-+.e\d]+", line), line


async def test_openapi_is_valid_and_complete(http):
    document = (await http.get("/schema")).json()
    pytest.importorskip("openapi_spec_validator").validate(document)
    told = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in told]
    assert len(ids) == len(set(ids))
    submission = document["paths"]["/api/tasks"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert submission == {"$ref": "#/components/schemas/Submission"}
    assert "function" in document["components"]["schemas"]["Submission"]["properties"]
    assert all("default" in operation["responses"] for operation in told)


async def test_home_says_where_things_are_and_that_there_is_no_dashboard(http):
    told = (await http.get("/")).json()
    assert told["note"] == "There is no dashboard yet."
    for name, place in PLACES.items():
        if name not in ("sockets", "events"):
            assert (await http.get(place)).status_code in (200, 503), place


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "example.org"])
async def test_an_address_that_others_reach_is_refused(nats_server, host):
    with pytest.raises(errors.Forbidden, match="authentication does not exist yet"):
        await serve.run(GatewaySettings(nats=NatsSettings(url=nats_server.url), host=host, port=0))


async def test_a_port_that_is_taken_is_a_clear_error(nats_server, gateway):
    port = int(gateway.url.rpartition(":")[2])
    with pytest.raises(errors.Unavailable, match=f"port {port}"):
        await serve.run(GatewaySettings(nats=NatsSettings(url=nats_server.url), port=port))


async def test_it_listens_on_the_other_loopback_too(nats_server, announced):
    async with (
        serving(nats_server.url, host="::1") as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        assert gateway.url.startswith("http://[::1]:")
        assert (await http.get("/livez")).status_code == 200


async def test_without_nats_it_does_not_start():
    settings = GatewaySettings(nats=NatsSettings(url="nats://127.0.0.1:1"), port=0)
    with pytest.raises(errors.Unavailable):
        await serve.run(settings)


async def test_two_gateways_live_in_one_process(nats_server, announced):
    async with serving(nats_server.url) as one, serving(nats_server.url) as two:
        assert one.url != two.url
        async with httpx.AsyncClient() as http:
            accepted = await http.post(f"{one.url}/api/tasks", json=shout(id="shared"))
            assert (await http.get(f"{two.url}{accepted.headers['location']}")).json()["id"] == "shared"


async def test_it_comes_back_when_the_server_does(tmp_path):
    state = tmp_path / "nats"
    async with running(ServerSettings(state, port=0, durability="process")) as first:
        port = int(first.url.rpartition(":")[2])
        async with Bus.open(NatsSettings(url=first.url)) as bus:
            await topology.apply(bus)
            await bus.store("event.text.shout.t1.progress", b'{"n": 1}')
        async with serving(first.url) as gateway, talking(gateway.url) as talk:
            await talk.say("subscribe", 1, channel="task_progress")
            await talk.hear("subscribed")
            await first.stop()
            again = ServerSettings(state, port=port, durability="process")
            async with running(again) as second, Bus.open(NatsSettings(url=second.url)) as bus:
                await bus.store("event.text.shout.t1.progress", b'{"n": 2}')
                [event] = await talk.events(1)
                assert (event["payload"], event["prev"]) == ({"n": 2}, 1)
