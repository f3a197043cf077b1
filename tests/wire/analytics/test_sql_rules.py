"""Rules whose figure is a SELECT: it runs behind the console, and hurts nobody."""

import asyncio

import msgspec
import pytest

from analytics.settings import ConsoleSettings
from subjects import codec, names
from subjects.alerts import Alert, Rule
from subjects.bus import Records
from subjects.client import Client, alerts
from subjects.messages import Network, SystemMetrics

FAILED = "SELECT function, count(*) AS value FROM tasks WHERE state = 'failed' GROUP BY function"


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, console=ConsoleSettings(seconds=1.0, stale=0.2))


async def view(bus, name, wanted):
    """A rule as analytics sees it, once it is as wanted."""
    async with asyncio.timeout(30):
        while True:
            rows = (await Client(bus).query("alert_rules", {"name": name}))["rows"]
            if rows and wanted(rows[0][0]):
                return rows[0][0]


async def told(bus, rule):
    records = await Records(bus, "METRICS").range(names.metric(rule, "system_alert"), 1)
    return [codec.decode(record.data, msgspec.json.Decoder(Alert)) for record in records]


async def test_a_select_rings_with_its_columns_as_labels(store, bus, publish, made, caught_up):
    # There before the rule: after a first look that had to start a child, the next is half a minute away.
    await publish(*(made(number, state="failed") for number in range(3)))
    await caught_up(store, "RESULTS", 3)
    rule = Rule(name="failing", kind="sql", expression=FAILED, limit=2, summary="{function}: {value} failed")
    await alerts.put_rule(bus, rule)
    await view(bus, "failing", lambda own: own["state"] == "firing")
    [alert] = await told(bus, "failing")
    assert (alert.labels, alert.value, alert.summary) == ({"function": "shout"}, 3.0, "shout: 3 failed")


async def test_a_slow_first_look_does_not_put_off_the_second(store, bus, publish, made, caught_up):
    rule = Rule(name="failing", kind="sql", expression=FAILED, limit=2, every=1, summary="{value} failed")
    await alerts.put_rule(bus, rule)
    # It has been asked, which started a child and made a copy, and found nothing.
    await view(bus, "failing", lambda own: own["evaluated_at"] and own["took_ms"])
    await publish(*(made(number, state="failed") for number in range(3)))
    await caught_up(store, "RESULTS", 3)
    await view(bus, "failing", lambda own: own["state"] == "firing")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT count(*) AS value FROM range(100000000000)", "more time"),
        ("SELEC 1 AS value", "syntax"),
        ("SELECT 1 AS other", "value"),
        ("SELECT content AS value FROM read_text('/etc/passwd')", ""),
        ("DELETE FROM tasks", "SELECT"),
    ],
    ids=["hangs", "broken", "no value", "hostile", "writes"],
)
async def test_a_select_that_fails_shows_it_and_hurts_nobody(store, bus, publish, made, caught_up, sql, said):
    await publish(made(1))
    await caught_up(store, "RESULTS", 1)
    await alerts.put_rule(bus, Rule(name="bad", kind="sql", expression=sql, limit=-1, every=1))
    await alerts.put_rule(bus, Rule(name="hot", expression="cpu", limit=80))
    rule = await view(bus, "bad", lambda own: own["state"] == "error")
    assert said in rule["error"]
    assert "root:" not in str(rule)
    assert rule["values"] == []
    load = SystemMetrics("node-1", 95.0, 10.0, 10.0, Network(0, 0), codec.now())
    await bus.post(names.metric("node-1", "system"), codec.encode(load))
    await view(bus, "hot", lambda own: own["state"] == "firing")
    assert await told(bus, "bad") == []
    assert len((await Client(bus).query("tasks"))["rows"]) == 1
