"""Alerts, rules and silences over HTTP, and alerts on the sockets."""

import pytest

from subjects import codec, names
from subjects.bus import Records
from subjects.messages import Network, SystemMetrics
from tests.wire.gateway.conftest import eventually

HOT = {"name": "hot", "expression": "cpu", "limit": 80.0, "summary": "{host} at {value} %"}


@pytest.fixture
def load(bus):
    """Posts a measurement as a reporter does."""

    async def post(host, cpu):
        told = SystemMetrics(host, cpu, 10.0, 10.0, Network(0, 0), codec.now())
        await bus.post(names.metric(host, "system"), codec.encode(told))

    return post


async def known(http, name, wanted=bool):
    """A rule as analytics sees it, once it is as wanted."""

    async def ask():
        answer = await http.get(f"/api/monitoring/rules/{name}")
        return answer.json() if answer.status_code == 200 else None

    return await eventually(ask, lambda own: own and wanted(own))


async def test_an_alert_is_told_listed_acknowledged_and_ends(http, talk, analytics, load):
    await talk.say("subscribe", 1, channel="system_alerts")
    await talk.hear("subscribed")
    assert (await http.put("/api/monitoring/rules/hot", json=HOT)).status_code == 200
    await known(http, "hot")
    await load("node-1", 85.0)
    [fired] = [frame["payload"] for frame in await talk.events(1)]
    assert (fired["state"], fired["severity"], fired["summary"]) == ("firing", "warning", "node-1 at 85 %")
    path = f"/api/monitoring/alerts/{fired['id']}"
    taken = await http.post(f"{path}/acknowledge", json={"by": "ada"})
    assert (taken.json()["state"], taken.json()["acknowledged_by"]) == ("acknowledged", "ada")
    assert (await talk.events(1))[0]["payload"]["state"] == "acknowledged"
    await load("node-1", 20.0)
    assert (await talk.events(1))[0]["payload"]["state"] == "resolved"

    async def whole():
        return (await http.get(path)).json()

    shown = await eventually(whole, lambda own: len(own["changes"]) == 3)
    assert [own["state"] for own in shown["changes"]] == ["firing", "acknowledged", "resolved"]
    assert shown["alert"]["state"] == "resolved"
    assert (await http.post(f"{path}/acknowledge")).status_code == 409
    assert (await http.post(f"{path}/resolve")).json() == shown["alert"]
    assert (await http.get("/api/monitoring/alerts/none")).status_code == 404


async def test_alerts_are_filtered_and_come_in_pages(http, analytics, load):
    await http.put("/api/monitoring/rules/hot", json={**HOT, "critical": 90.0, "labels": {"team": "a b"}})
    await known(http, "hot")
    for number in range(5):
        await load(f"node-{number}", 81.0 + 3 * number)

    async def ask(**query):
        return (await http.get("/api/monitoring/alerts", params=query)).json()["items"]

    async def all_of_them():
        return await ask(rule="hot", state="open")

    await eventually(all_of_them, lambda found: len(found) == 5)
    assert {own["severity"] for own in await ask(severity="critical")} == {"critical"}
    assert [own["labels"]["host"] for own in await ask(label="host:node-3")] == ["node-3"]
    assert len(await ask(label="team:a b", state="firing")) == 5
    assert await ask(state="resolved") == []
    assert await ask(since="2040-01-01T00:00:00Z") == []
    seen, cursor = [], None
    while True:
        query = {"rule": "hot", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/api/monitoring/alerts", params=query)).json()
        seen += [own["id"] for own in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("alerts?label=host", "name"),
        ("alerts?state=loud", ""),
        ("alerts?cursor=x", "cursor"),
        ("rules/none", "no rule"),
    ],
)
async def test_what_cannot_be_asked_is_refused(http, analytics, path, reason):
    answer = await http.get(f"/api/monitoring/{path}")
    assert answer.status_code in (404, 422)
    assert reason in answer.json()["detail"]


async def test_a_rule_is_written_once_by_whoever_knows_its_revision(http, analytics):
    default = await known(http, "cpu")
    assert (default["origin"], default["rule"]["limit"], default["revision"]) == ("default", 80, 0)
    own = {**default["rule"], "limit": 50}
    made = await http.put("/api/monitoring/rules/cpu", json=own, headers={"If-Match": '"0"'})
    assert made.status_code == 200
    late = await http.put("/api/monitoring/rules/cpu", json=own, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "out_of_date")
    shown = await known(http, "cpu", lambda shown: shown["origin"] == "own")
    assert shown["rule"]["limit"] == 50
    assert f'"{shown["revision"]}"' == made.headers["etag"]
    assert (await http.delete("/api/monitoring/rules/cpu")).status_code == 204
    assert (await known(http, "cpu", lambda shown: shown["origin"] == "default"))["rule"]["limit"] == 80
    history = (await http.get("/api/monitoring/rules/cpu/history")).json()
    assert [entry["rule"] and entry["rule"]["limit"] for entry in history] == [None, 50]
    assert (await http.delete("/api/monitoring/rules/cpu")).status_code == 404
    wrong = await http.put("/api/monitoring/rules/own", json={"name": "own", "expression": "cpuu"})
    assert wrong.status_code == 422
    assert "is no figure" in wrong.json()["detail"]
    other = await http.put("/api/monitoring/rules/own", json={**HOT, "name": "other"})
    assert other.status_code == 422


async def test_a_rule_is_tried_without_anything_being_kept(http, analytics, load, bus):
    async def ask():
        test = {"rule": HOT, "hours": 1}
        return (await http.post("/api/monitoring/rules/test", json=test)).json()

    await known(http, "cpu")
    await load("node-1", 93.0)
    tried = await eventually(ask, lambda tried: tried["values"] and tried["past"])
    assert (tried["values"][0]["state"], tried["past"][0]["summary"]) == ("firing", "node-1 at 93 %")
    assert await Records(bus, "METRICS").last("metric.hot.system_alert") is None


async def test_silences_are_made_listed_and_ended(http, analytics):
    new = {
        "matchers": [{"label": "rule", "value": "cpu"}],
        "seconds": 60,
        "by": "ada",
        "comment": "load test",
    }
    made = await http.post("/api/monitoring/silences", json=new)
    assert made.status_code == 201
    assert (await http.get("/api/monitoring/silences")).json() == [made.json()]
    assert (await http.delete(f"/api/monitoring/silences/{made.json()['id']}")).status_code == 204
    assert (await http.get("/api/monitoring/silences")).json() == []
    past = {**new, "seconds": None, "until": "2020-01-01T00:00:00Z"}
    assert (await http.post("/api/monitoring/silences", json=past)).status_code == 422
