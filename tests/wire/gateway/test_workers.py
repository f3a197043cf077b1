"""Workers over HTTP where nothing may be killed, and where a worker has no supervisor."""

import httpx
import pytest

from functions import function, service
from functions.settings import WorkerSettings
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually, serving


@function("text.ping")
async def ping() -> None: ...


@pytest.mark.parametrize(
    ("faults", "why"), [(False, "this gateway kills no workers"), (True, "is not killed on request")]
)
async def test_a_kill_is_forbidden_where_it_is_not_for_development(nats_server, bus, faults, why):
    own = WorkerSettings(nats=NatsSettings(url=nats_server.url), name="w-1")
    async with (
        service.running(own, [ping]),
        serving(nats_server.url, faults=faults) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):

        async def fleet():
            return (await http.get("/api/fleet")).json()

        seen = await eventually(fleet, lambda told: told["members"])
        [worker] = seen["members"]
        assert (seen["faults"], worker["faults"], worker["part"]) == (faults, False, None)
        said = await http.post("/api/workers/w-1/kill")
        assert (said.status_code, said.json()["code"]) == (403, "forbidden")
        assert why in said.json()["detail"]
        assert (await http.get("/api/workers/w-1")).json()["queues"] == ["text"]
        for path in ("/api/workers/w-2", "/api/workers/w-1/recovery"):
            assert (await http.get(path)).status_code == 404
