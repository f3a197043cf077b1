"""From a rule to a receiver: analytics, the queue, a worker and a web server, all real."""

import asyncio
import json

from analytics import service
from analytics.settings import AnalyticsSettings
from subjects import codec, names
from subjects.alerts import Action, Matcher, NewSilence, Rule
from subjects.bus import Records
from subjects.client import alerts, notifications
from subjects.messages import Network, SystemMetrics
from subjects.notifications import Subject, Target, Wanted, Webhook
from subjects.settings import NatsSettings

HOT = Rule(name="hot", expression="cpu", limit=80, summary="{host} is at {value} %")


def analytics(server, tmp_path):
    nats = NatsSettings(url=server.url, name="analytics")
    return service.running(
        AnalyticsSettings(nats=nats, file=tmp_path / "a.duckdb", flush=0.01, status_every=0.05)
    )


async def load(bus, host, cpu):
    told = SystemMetrics(host, cpu, 10.0, 10.0, Network(0, 0), codec.now())
    await bus.post(names.metric(host, "system"), codec.encode(told))


async def changes(bus, number):
    """The changes of the rule's alerts, once there are so many."""
    async with asyncio.timeout(30):
        while True:
            found = await Records(bus, "METRICS").range(names.metric("hot", "system_alert"), 1)
            if len(found) >= number:
                return [json.loads(own.data) for own in found]


async def watched(bus):
    """The rule holds, and nothing else rings."""
    absent = Rule(name="reporter_absent", kind="absence", expression="system", limit=12, enabled=False)
    await alerts.put_rule(bus, absent)
    await alerts.put_rule(bus, HOT)


async def ready(client):
    async with asyncio.timeout(30):
        while not (await client.query("alert_rules", {"name": "hot"}))["rows"]:
            pass


async def test_each_change_is_told_once_to_who_wants_it_also_over_a_restart(
    nats_server, tmp_path, notifier, receiver, secret, bus, client
):
    heard = asyncio.Queue()

    async def hear(message):
        heard.put_nowait(json.loads(message.data)["state"])

    await bus.subscribe("alerts.team", hear)
    await watched(bus)
    await notifications.put(
        bus, Target(name="pager", via=Webhook(url=receiver.url, secret_env="HOOK_SECRET"))
    )
    ends = Wanted(states=["resolved"], rules=["h*"])
    await notifications.put(bus, Target(name="ends", via=Subject("alerts.team"), wanted=ends))
    await notifications.put(bus, Target(name="off", via=Webhook(url=receiver.url), enabled=False))
    async with analytics(nats_server, tmp_path):
        await ready(client)
        await load(bus, "node-1", 90.0)
        await receiver.wait(1)
        [fired] = await changes(bus, 1)
        await alerts.acknowledge(bus, fired["id"], Action("ada"))
    async with analytics(nats_server, tmp_path):
        await ready(client)
        await load(bus, "node-1", 20.0)
        await receiver.wait(2)
    async with asyncio.timeout(30):
        assert await heard.get() == "resolved"
    told = [json.loads(body)["type"] for _, _, body in receiver.heard]
    assert told == ["alert.firing", "alert.resolved"]
    kept = [
        bytes(own.data)
        for stream in ("TASKS", "RESULTS", "EVENTS", "METRICS", "DLQ", "KV_config", "KV_alerts")
        async for own in Records(bus, stream).scan(">")
    ]
    assert any(b"HOOK_SECRET" in own for own in kept)
    assert not any(secret.encode() in own or notifier.encode() in own for own in kept)
    rows = (tmp_path / "a.duckdb").read_bytes()
    assert secret.encode() not in rows
    assert heard.empty()


async def test_a_receiver_that_hangs_delays_no_alert_and_a_silenced_one_notifies_nobody(
    nats_server, tmp_path, notifier, receiver, bus, client
):
    receiver.answers = [None]
    await watched(bus)
    await alerts.silence(bus, NewSilence(matchers=[Matcher("host", "quiet")], seconds=60))
    await notifications.put(bus, Target(name="pager", via=Webhook(url=receiver.url), timeout=1.5, attempts=1))
    async with analytics(nats_server, tmp_path):
        await ready(client)
        for host in ("quiet", "node-1"):
            await load(bus, host, 90.0)
        await changes(bus, 2)
        await receiver.wait(1)
        assert await client.dead_letters() == []
        for host in ("quiet", "node-1"):
            await load(bus, host, 20.0)
        assert {own["state"] for own in await changes(bus, 4)} == {"firing", "resolved"}
        async with asyncio.timeout(30):
            while not await client.dead_letters():
                pass
    assert {json.loads(body)["data"]["labels"]["host"] for _, _, body in receiver.heard} == {"node-1"}
