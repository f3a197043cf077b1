"""Targets of notifications over HTTP."""

from subjects import codec
from subjects.alerts import Alert
from subjects.client import notifications

HOOK = {"name": "pager", "via": {"type": "webhook", "url": "https://hooks.example.org/a"}}
PATH = "/api/monitoring/notifications"


async def test_targets_are_kept_listed_changed_where_newest_and_removed(http):
    assert (await http.get(PATH)).json() == []
    made = await http.put(f"{PATH}/pager", json={**HOOK, "wanted": {"severities": ["critical"]}})
    assert made.status_code == 200
    shown = await http.get(f"{PATH}/pager")
    assert shown.json()["wanted"]["severities"] == ["critical"]
    assert shown.headers["etag"] == made.headers["etag"]
    await http.put(f"{PATH}/bus", json={"name": "bus", "via": {"type": "nats", "subject": "alerts.team"}})
    assert [own["name"] for own in (await http.get(PATH)).json()] == ["bus", "pager"]
    late = await http.put(f"{PATH}/pager", json=HOOK, headers={"If-Match": made.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "out_of_date")
    assert (await http.delete(f"{PATH}/pager")).status_code == 204
    assert (await http.get(f"{PATH}/pager")).status_code == 404
    assert (await http.delete(f"{PATH}/pager")).status_code == 404


async def test_what_makes_no_sense_is_refused_and_says_why(http):
    def put(**via):
        return http.put(f"{PATH}/x", json={"name": "x", "via": via})

    refused = [
        await put(type="webhook", url="http://a:b@c.example/"),
        await put(type="webhook", url="https://a.example/", secret_env="whsec_not/a-name"),
        await put(type="webhook"),
        await put(type="email", to=["a@b.example\r\nBcc: c@d.example"]),
        await put(type="email", to=["a@b.example\n"]),
        await put(type="email", to=[]),
        await put(type="nats", subject="task.security.high.scan"),
        await put(type="nats", subject="$JS.API.STREAM.DELETE.TASKS"),
        await put(type="nats", subject="cancel.some-id"),
        await put(type="nats", subject="alerts.>"),
        await put(type="pigeon"),
        await http.put(f"{PATH}/y", json=HOOK),
    ]
    assert [own.status_code for own in refused] == [422] * len(refused)
    assert (await http.get(PATH)).json() == []


async def test_a_test_tells_the_task_and_a_silenced_or_unwanted_alert_makes_none(http, bus):
    assert (await http.post(f"{PATH}/pager/test")).status_code == 404
    await http.put(f"{PATH}/pager", json={**HOOK, "enabled": False})
    sent = await http.post(f"{PATH}/pager/test")
    assert sent.status_code == 202
    task = (await http.get(sent.headers["location"])).json()
    assert (task["function"], task["state"]) == ("notify.webhook", "queued")
    now = codec.now()
    alert = Alert("0f3a-9", "cpu", "critical", "firing", "CPU", now, now)
    assert await notifications.notify(bus, alert) == []
    await http.put(f"{PATH}/pager", json=HOOK)
    quiet = Alert("0f3a-9", "cpu", "critical", "firing", "CPU", now, now, silenced=True)
    assert await notifications.notify(bus, quiet) == []
    assert await notifications.notify(bus, alert) == ["0f3a-9-critical-firing-pager"]
