"""Alerts over a real server: they ring, are told once, survive restarts, and end."""

import asyncio

import pytest
from msgspec import structs
from msgspec.json import Decoder

from analytics import service
from analytics.alerts.ledger import Ledger
from analytics.alerts.machine import Moment, Reading
from infra import reporter
from infra.reporter import ReporterSettings
from subjects import codec, names
from subjects.alerts import Action, Alert, Matcher, NewSilence, Rule, RuleTest
from subjects.bus import Records
from subjects.client import Client, alerts
from subjects.messages import Network, SystemMetrics
from subjects.settings import NatsSettings

HOT = Rule(name="hot", expression="cpu", limit=80, critical=90, summary="{host} is at {value} %")


@pytest.fixture
async def ring(bus):
    """Waits until so many changes of a rule have been told."""
    news = asyncio.Event()

    async def hear(message):
        news.set()

    await bus.subscribe("live.metric.*.system_alert", hear)

    async def wait(rule, number):
        async with asyncio.timeout(30):
            while True:
                news.clear()
                told = await told_of(bus, rule)
                if len(told) >= number:
                    return told
                await news.wait()

    return wait


async def told_of(bus, rule):
    records = await Records(bus, "METRICS").range(names.metric(rule, "system_alert"), 1)
    return [codec.decode(record.data, Decoder(Alert)) for record in records]


async def loaded(bus, host, cpu):
    """A measurement as a reporter posts it."""
    told = SystemMetrics(host, cpu, 10.0, 10.0, Network(0, 0), codec.now())
    await bus.post(names.metric(host, "system"), codec.encode(told))


async def quiet_of_absence(bus):
    """The default that would ring for hosts that these tests make up."""
    await alerts.put_rule(
        bus, Rule(name="reporter_absent", kind="absence", expression="system", limit=12, enabled=False)
    )


async def asked(bus, name):
    """One rule as analytics sees it."""
    answer = await Client(bus).query("alert_rules", {"name": name})
    return answer["rows"][0][0] if answer["rows"] else None


async def until(ask, wanted):
    async with asyncio.timeout(30):
        while not wanted(answer := await ask()):  # noqa: ASYNC110 - it is asked over the wire
            await asyncio.sleep(0.02)
    return answer


async def test_a_load_beyond_the_limit_rings_grows_critical_and_ends_each_told_once(bus, settings, ring):
    await alerts.put_rule(bus, HOT)
    async with service.running(settings):
        await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        for _ in range(3):
            await loaded(bus, "node-1", 85.0)
        await loaded(bus, "node-2", 20.0)
        [first] = await ring("hot", 1)
        assert (first.state, first.severity, first.labels) == ("firing", "warning", {"host": "node-1"})
        assert first.summary == "node-1 is at 85 %"
        await loaded(bus, "node-1", 97.0)
        await ring("hot", 2)
        await loaded(bus, "node-1", 40.0)
        told = await ring("hot", 3)
        assert [(own.state, own.severity) for own in told[1:]] == [
            ("firing", "critical"),
            ("resolved", "critical"),
        ]
        assert len({own.id for own in told}) == 1
        shown = await until(lambda: asked(bus, "hot"), lambda own: own["state"] == "ok")
        assert {value["labels"]["host"]: value["value"] for value in shown["values"]} == {
            "node-1": 40.0,
            "node-2": 20.0,
        }


async def test_a_restart_keeps_an_alert_with_its_id_and_tells_nothing_twice(bus, settings, ring):
    await quiet_of_absence(bus)
    await alerts.put_rule(bus, HOT)
    async with service.running(settings):
        await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        await loaded(bus, "node-1", 95.0)
        [first] = await ring("hot", 1)
    # While nobody judges, a person acknowledges.
    await alerts.acknowledge(bus, first.id, Action("ada"))
    async with service.running(settings):
        shown = await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        await loaded(bus, "node-1", 96.0)
        shown = await until(lambda: asked(bus, "hot"), lambda own: own["values"])
        assert shown["values"][0]["state"] == "acknowledged"
        await loaded(bus, "node-1", 5.0)
        told = await ring("hot", 3)
    assert [own.state for own in told] == ["firing", "acknowledged", "resolved"]
    assert {own.id for own in told} == {first.id}
    assert told[-1].acknowledged_by == "ada"


async def test_two_analytics_processes_are_one_voice(bus, settings, ring, tmp_path):
    await alerts.put_rule(bus, HOT)
    other = structs.replace(settings, file=tmp_path / "b.duckdb")
    async with service.running(settings), service.running(other):
        for _ in range(2):
            await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        for turn in range(3):
            await loaded(bus, "node-1", 95.0)
            await ring("hot", 2 * turn + 1)
            await loaded(bus, "node-1", 5.0)
            await ring("hot", 2 * turn + 2)
    assert [own.state for own in await told_of(bus, "hot")] == ["firing", "resolved"] * 3


async def test_an_end_that_two_see_at_once_is_told_once(bus):
    async def nobody(alert):
        return None

    here, there = Ledger(bus, nobody), Ledger(bus, nobody)
    now = Moment(0.0, codec.now())
    await here.judge(HOT, Reading({"host": "node-1"}, 95.0), now, silenced=False)
    await there.load()
    for ledger in (here, there):
        await ledger.judge(HOT, Reading({"host": "node-1"}, 5.0), now, silenced=False)
        assert ledger.tracks == {}
    assert [own.state for own in await told_of(bus, "hot")] == ["firing", "resolved"]


async def test_a_reporter_that_dies_is_told_of_and_its_return_too(bus, settings, ring, nats_server, tmp_path):
    silent = Rule(name="silent", kind="absence", expression="system", limit=0.5, summary="{host} is silent")
    await alerts.put_rule(bus, silent)
    own = ReporterSettings(NatsSettings(url=nats_server.url), tmp_path, "node-1", 0.1)
    async with service.running(settings):
        async with reporter.running(own):
            await until(lambda: asked(bus, "silent"), lambda shown: shown and shown["values"])
        [gone] = await ring("silent", 1)
        assert (gone.state, gone.summary) == ("firing", "node-1 is silent")
        async with reporter.running(own):
            assert (await ring("silent", 2))[1].state == "resolved"


async def test_a_silence_and_an_end_by_hand_are_heeded(bus, settings, ring):
    await alerts.put_rule(bus, HOT)
    made = await alerts.silence(bus, NewSilence(matchers=[Matcher("host", "node-*")], seconds=60, by="ada"))
    async with service.running(settings):
        await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        await loaded(bus, "node-1", 85.0)
        [first] = await ring("hot", 1)
        assert first.silenced
        assert [own.id for own in await alerts.silences(bus)] == [made.id]
        await alerts.end_silence(bus, made.id)
        assert [own.silenced for own in await ring("hot", 2)] == [True, False]
        ended = await alerts.resolve(bus, first.id, Action("ada"))
        assert (ended.state, ended.resolved_by) == ("resolved", "ada")
        assert await alerts.resolve(bus, first.id, Action("bob")) == ended
        await loaded(bus, "node-1", 86.0)
        await until(lambda: asked(bus, "hot"), lambda own: own["values"][0]["value"] == 86.0)
        await loaded(bus, "node-1", 5.0)
        await until(lambda: asked(bus, "hot"), lambda own: own["values"][0]["value"] == 5.0)
        await loaded(bus, "node-1", 88.0)
        told = await ring("hot", 4)
    assert [own.state for own in told] == ["firing", "firing", "resolved", "firing"]
    assert told[3].id != first.id


async def test_a_rule_that_is_broken_is_shown_as_such_and_the_others_go_on(bus, settings, ring):
    await bus.store("$KV.alert_rules.garbage", b'{"name": 7}')
    await alerts.put_rule(bus, Rule(name="broken", expression="nothing.value", every=1))
    await alerts.put_rule(bus, Rule(name="no_table", kind="sql", expression="SELECT 1 AS value FROM nowhere"))
    await alerts.put_rule(bus, HOT)
    async with service.running(settings):
        shown = await until(lambda: asked(bus, "broken"), lambda own: own and own["state"] == "error")
        assert "there is no query 'nothing'" in shown["error"]
        await loaded(bus, "node-1", 95.0)
        await ring("hot", 1)
        trouble = await ring("rule_error", 2)
        assert {own.labels["rule"] for own in trouble} == {"broken", "no_table"}


async def test_ten_thousand_labels_are_bounded_and_said(bus, settings, ring, store_with):
    many = Rule(
        name="many", expression="tasks.total_ms", by=["id"], limit=-1, every=1, parameters={"limit": 2000}
    )
    await alerts.put_rule(bus, many)
    await store_with(2000)
    async with service.running(settings):
        shown = await until(lambda: asked(bus, "many"), lambda own: own and own["dropped"])
        assert shown["dropped"] == 1800
        [said] = await ring("rule_dropped", 1)
        assert said.labels == {"rule": "many"}


async def test_a_rule_can_be_tried_now_and_over_the_past(bus, settings):
    async with service.running(settings) as store:
        for cpu in (10.0, 95.0, 96.0, 20.0):
            await loaded(bus, "node-1", cpu)
        await until(
            lambda: store.query("SELECT count(*) FROM system_metrics"), lambda table: table.rows[0][0] == 4
        )
        test = RuleTest(HOT, hours=1)
        answer = await Client(bus).query("alert_test", {"test": codec.encode(test).decode()})
        tried = answer["rows"][0][0]
        assert [own["state"] for own in tried["past"]] == ["firing", "resolved"]
        assert tried["values"][0]["value"] == 20.0
        assert await told_of(bus, "hot") == []


async def test_who_tells_nothing_readable_is_no_reporter_and_an_end_says_what_it_was(bus, settings, ring):
    await quiet_of_absence(bus)
    silent = Rule(name="silent", kind="absence", expression="system", limit=0.5, summary="{host} is silent")
    await alerts.put_rule(bus, silent)
    await alerts.put_rule(bus, HOT)
    async with service.running(settings):
        await until(lambda: asked(bus, "hot"), lambda own: own and own["evaluated_at"])
        await bus.post(names.metric("junk", "system"), b'{"host": 3}')
        await loaded(bus, "node-1", 85.0)
        await ring("hot", 1)
        await ring("silent", 1)
        assert {own.labels["host"] for own in await told_of(bus, "silent")} == {"node-1"}
        await alerts.put_rule(bus, structs.replace(HOT, enabled=False))
        told = await ring("hot", 2)
        await alerts.remove_rule(bus, "silent")
        watched = await until(
            lambda: asked(bus, "rule_error"),
            lambda own: "silent" not in {value["labels"]["rule"] for value in own["values"]},
        )
        assert "cpu" in {value["labels"]["rule"] for value in watched["values"]}
    assert told[-1].state == "resolved"
    assert told[-1].summary == "The rule hot is gone or switched off; it was: node-1 is at 85 %"
