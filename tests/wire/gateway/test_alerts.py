"""An agent that fails rings on the socket, and is heard to recover."""

from functools import partial

from msgspec import Raw

from analytics import service as analytics_service
from analytics.settings import AnalyticsSettings
from functions import function, service
from functions.api import NonRetryable
from functions.settings import WorkerSettings
from subjects import codec
from subjects.bus import Records
from subjects.messages import Submission
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually

HURT = {"error_rate", "success_rate"}


@function("patient.work")
async def work(well: bool) -> str:
    """Fails as asked."""
    if not well:
        raise NonRetryable("not well")
    return "done"


async def test_a_failing_agent_is_told_of_once_and_its_recovery_too(
    http, talk, client, nats_server, bus, analytics
):
    await talk.say("subscribe", 1, channel="performance_alert")
    await talk.hear("subscribed")
    nats = NatsSettings(url=nats_server.url)
    async with service.running(WorkerSettings(nats=nats, slots=16, name="w-patient"), [work]):
        await http.post(
            "/api/agents",
            json={
                "id": "calm",
                "capabilities": ["patient"],
                "thresholds": {"error_rate": 100, "success_rate": 0},
            },
        )

        async def run(count, *, well, agent=None):
            raw = Raw(codec.encode({"well": well}))
            given = [Submission(function="patient.work", input=raw, agent=agent) for _ in range(count)]
            for accepted in await client.submit_many(given):
                await client.result(accepted.id, wait=10)

        await run(12, well=False, agent="calm")
        fired = [frame["payload"] for frame in await talk.events(2)]
        assert {(alert["agent"], alert["metric"], alert["state"]) for alert in fired} == {
            ("patient", metric, "firing") for metric in HURT
        }
        assert {alert["metric"]: (alert["value"], alert["limit"]) for alert in fired} == {
            "error_rate": (100.0, 10.0),
            "success_rate": (0.0, 85.0),
        }
        await run(160, well=True)
        healed = [frame["payload"] for frame in await talk.events(2)]
        assert {(alert["metric"], alert["state"]) for alert in healed} == {(m, "resolved") for m in HURT}
        assert {alert["since"] for alert in healed} == {alert["since"] for alert in fired}
    told = await Records(bus, "METRICS").range("metric.*.performance_alert", 1)
    assert len(told) == 4


async def test_a_restart_of_analytics_tells_nothing_twice(client, nats_server, bus, tmp_path):
    nats = NatsSettings(url=nats_server.url)
    own = AnalyticsSettings(nats=nats, file=tmp_path / "a.duckdb", flush=0.01, status_every=0.05)
    stored = partial(Records(bus, "METRICS").range, "metric.*.performance_alert", 1)
    async with service.running(WorkerSettings(nats=nats, name="w-patient"), [work]):
        async with analytics_service.running(own):
            for _ in range(10):
                await client.run("patient.work", {"well": False})
            assert len(await eventually(stored, lambda told: len(told) == 2)) == 2
        async with analytics_service.running(own):
            for _ in range(200):
                await client.start("patient.work", {"well": True})
            # Had it forgotten, it would have told two more that begin before it told these that end.
            told = await eventually(stored, lambda told: len(told) > 3)
    assert [codec.decode(record.data)["state"] for record in told] == ["firing"] * 2 + ["resolved"] * 2
