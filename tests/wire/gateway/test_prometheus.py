"""What /metrics shows of a whole system."""

import asyncio

import httpx
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from functions import function
from gateway.prometheus import BY_NAME
from infra import reporter
from infra.testing import stack
from tests.wire.gateway.conftest import eventually


@function("text.shout")
async def shout(text: str) -> str:
    return text.upper()


def values(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parsed(text)
        for sample in family.samples
    }


async def test_tasks_lanes_workers_hosts_and_analytics_are_all_there():
    async with (
        stack(shout, gateway=True, analytics=True) as own,
        httpx.AsyncClient(base_url=own.http) as http,
    ):
        telling = asyncio.create_task(reporter.run(own.bus, "here", 0.2))
        assert (await own.client.run("text.shout", {"text": "a"})).state == "completed"
        await own.client.start("nobody.here", {}, id="lost")
        await own.client.run("text.shout", {"txt": 1}, wait=5)

        async def read():
            return values((await http.get("/metrics")).text)

        finished = "revo_tasks_finished_total"
        named = (("function", "text.shout"), ("queue", "text"))
        found = await eventually(
            read,
            lambda got: (
                got.get((finished, *named, ("state", "rejected"))) == 1
                and ("revo_host_cpu_ratio", ("host", "here")) in got
                and got.get(("revo_tasks_unserved",)) == 1
                and got.get(("revo_analytics_rows_behind", ("stream", "RESULTS"))) == 0
            ),
        )
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        assert found[finished, *named, ("state", "completed")] == 1
        assert found["revo_task_run_seconds_count", ("queue", "text")] >= 1
        assert found["revo_lane_queued", ("priority", "medium"), ("queue", "text")] == 0
        assert found["revo_queue_workers", ("queue", "text")] == found["revo_workers",] == 1
        assert found["revo_analytics_up",] == found["revo_tasks_unserved",] == 1
        assert found["revo_analytics_file_bytes",] >= 0
        answer = await http.get("/metrics", headers={"Accept": "application/openmetrics-text"})
        assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        families = {family.name: family for family in openmetrics.text_string_to_metric_families(answer.text)}
        assert {name.removesuffix("_total") for name in BY_NAME} >= set(families)


async def test_what_waits_in_a_lane_has_an_age_and_a_dead_worker_is_gone():
    async with stack(shout, gateway=True) as own, httpx.AsyncClient(base_url=own.http) as http:
        await own.client.run("text.shout", {"text": "a"})
        assert own.worker is not None
        await own.worker.close()
        await own.client.start("text.shout", {"text": "b"}, id="waits")

        async def read():
            return values((await http.get("/metrics")).text)

        lane = (("priority", "medium"), ("queue", "text"))
        found = await eventually(read, lambda got: got.get(("revo_lane_queued", *lane)) == 1)
        again = await eventually(
            read,
            lambda got: got["revo_lane_oldest_seconds", *lane] > found["revo_lane_oldest_seconds", *lane],
        )
        assert again["revo_lane_oldest_seconds", *lane] < 60
        gone = await eventually(read, lambda got: got["revo_workers",] == 0)
        assert not any(key[0] in ("revo_worker_slots", "revo_queue_workers") for key in gone)
        assert gone["revo_analytics_up",] == 0
