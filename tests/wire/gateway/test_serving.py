"""The gateway itself: where it listens, whether it is ready, what it tells of itself."""

import re

import httpx
import pytest

from gateway import serve
from gateway.routes.home import PLACES
from gateway.settings import GatewaySettings
from infra import topology
from infra.server import ServerSettings, running
from subjects import errors
from subjects.bus import Bus
from subjects.kv import Bucket
from subjects.messages import WorkerInfo
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually, serving, talking, worker
from tests.wire.gateway.test_tasks import shout


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


async def test_without_its_dashboard_home_says_so_to_people_and_to_programs(nats_server):
    async with (
        serving(nats_server.url, dashboard=False) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        told = (await http.get("/")).json()
        page = await http.get("/", headers={"accept": "text/html,*/*;q=0.8"})
    assert "--no-dashboard" in told["note"]
    assert told["dashboard"] is None
    assert "--no-dashboard" in page.text


async def test_every_place_that_home_names_is_there(http):
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


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Host": "evil.example:12000", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
async def test_pages_of_elsewhere_are_kept_out(http, headers):
    answer = await http.post("/api/tasks", json=shout(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_program_may_name_the_host_as_it_likes(http):
    assert (await http.post("/api/tasks", json=shout(), headers={"Host": "revo"})).status_code == 202


async def test_pages_of_this_machine_are_let_in(http, gateway):
    for origin in (gateway.url, "http://localhost:5173"):
        assert (await http.post("/api/tasks", json=shout(), headers={"Origin": origin})).status_code == 202
