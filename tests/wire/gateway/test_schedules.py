"""Recurring and delayed tasks through the gateway: when they come, what came of them, who changes them."""

from datetime import UTC, datetime, timedelta

import pytest

from subjects import codec, names, streams
from subjects.bus import Records
from subjects.messages import Schedule
from tests.wire.gateway.conftest import eventually
from tests.wire.gateway.test_tasks import finish

NIGHTLY = {
    "name": "nightly",
    "function": "text.shout",
    "cron": "30 3 * * mon-fri",
    "timezone": "Europe/Berlin",
    "input": {"text": "hi"},
}


def times(view):
    return [datetime.fromisoformat(each) for each in view["next"]]


async def test_a_schedule_says_when_it_comes_next_and_in_words(http):
    made = await http.post("/api/schedules", json=NIGHTLY)
    assert made.status_code == 201
    assert made.headers["location"] == "/api/schedules/nightly"
    view = (await http.get("/api/schedules/nightly")).json()
    assert (view["kind"], view["words"]) == ("cron", "at 03:30, Monday to Friday")
    assert (view["input"], view.get("runs")) == ({"text": "hi"}, None)
    assert len(view["next"]) == 10
    assert all(each.minute == 30 and each.weekday() < 5 for each in times(view))
    [row] = (await http.get("/api/schedules?text=night")).json()
    assert (row["next"], row["input"]) == (view["next"][:1], None)


async def test_a_change_is_refused_where_somebody_was_faster(http):
    first = await http.post("/api/schedules", json=NIGHTLY)
    seen = {"If-Match": first.headers["etag"]}
    later = NIGHTLY | {"cron": "0 4 * * *"}
    assert (await http.post("/api/schedules", json=later, headers={"If-None-Match": "*"})).status_code == 409
    assert (await http.put("/api/schedules/nightly", json=later, headers=seen)).status_code == 200
    again = await http.put("/api/schedules/nightly", json=NIGHTLY, headers=seen)
    assert (again.status_code, again.json()["code"]) == (412, "out_of_date")
    assert (await http.delete("/api/schedules/nightly", headers=seen)).status_code == 412
    view = (await http.get("/api/schedules/nightly")).json()
    assert view["words"] == "at 04:00"
    assert (await http.put("/api/schedules/other", json=NIGHTLY)).status_code == 422


async def test_a_paused_schedule_has_no_next_time_and_can_still_be_run(http, bus):
    await http.post("/api/schedules", json=NIGHTLY)
    paused = (await http.post("/api/schedules/nightly/pause")).json()
    assert (paused["paused"], paused.get("next", [])) == (True, [])
    run = await http.post("/api/schedules/nightly/run")
    assert run.status_code == 202
    [row] = (await http.get("/api/tasks?schedule=nightly&state=queued")).json()["items"]
    assert (row["id"], row["schedule"]) == (run.json()["id"], "nightly")
    assert (await http.get("/api/tasks?schedule=other&state=queued")).json()["items"] == []
    assert len((await http.post("/api/schedules/nightly/resume")).json()["next"]) == 10


async def test_what_came_of_it_is_told(http, bus, analytics):
    await http.post("/api/schedules", json=NIGHTLY)
    for state in ("completed", "failed", "completed"):
        id = (await http.post("/api/schedules/nightly/run")).json()["id"]
        await finish(bus, id, state=state, schedule="nightly")

    async def shown():
        return (await http.get("/api/schedules")).json()[0]

    view = await eventually(shown, lambda view: view.get("runs") == 3)
    assert [run["state"] for run in view["last_runs"]] == ["completed", "failed", "completed"]
    assert (round(view["success_rate"]), view.get("fired_at")) == (67, None)


async def test_what_will_probably_go_wrong_is_a_warning_and_no_refusal(http):
    nobody = await http.post("/api/schedules", json={"name": "n", "function": "text.shuot", "every": 60})
    assert nobody.status_code == 201
    assert "did you mean text.shout" in nobody.json()["warnings"][0]
    wrong = await http.post("/api/schedules", json=NIGHTLY | {"input": {"text": 5}})
    assert wrong.json()["warnings"] == ["the input does not fit: `text` is to be string"]


async def test_delayed_tasks_are_listed_by_their_time_and_can_be_canceled(http):
    for id, delay in (("late", 7200), ("soon", 3600)):
        body = {"function": "text.shout", "input": {"text": "x"}, "id": id, "in": delay}
        await http.post("/api/tasks", json=body)
    await http.post("/api/schedules", json=NIGHTLY)
    rows = (await http.get("/api/schedules?kind=once")).json()
    assert [(row["name"], row["kind"]) for row in rows] == [("soon", "once"), ("late", "once")]
    assert (await http.delete("/api/tasks/soon")).json()["state"] == "canceled"
    first = await http.get("/api/schedules?kind=once&limit=1")
    assert [row["name"] for row in first.json()] == ["late"]
    assert (await http.post("/api/schedules", json=NIGHTLY | {"name": "late"})).status_code == 409
    assert (await http.delete("/api/tasks/nightly")).status_code == 404


async def test_what_is_not_saved_can_be_looked_at(http):
    asked = {"cron": "*/20 * * * * *", "count": 3}
    seen = (await http.post("/api/schedules/preview", json=asked)).json()
    gaps = [after - before for before, after in zip(times(seen), times(seen)[1:], strict=False)]
    assert (seen["kind"], gaps) == ("cron", [timedelta(seconds=20)] * 2)
    at = {"at": "9999-12-31T23:59:59Z"}
    assert (await http.post("/api/schedules/preview", json=at)).json()["next"] == ["9999-12-31T23:59:59Z"]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"cron": "0 25 * * *"}, "hour '25': 25 is above 23"),
        ({"cron": "* * *"}, "five or six fields"),
        ({"cron": "0 0 * * *", "timezone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"at": "2001-01-01T00:00:00Z"}, "is over"),
        ({"every": 0.001}, ">= 1.0"),
        ({"every": 90.5}, "whole seconds"),
        ({}, "either `every` or `cron`"),
    ],
)
async def test_a_bad_plan_says_where_it_is_wrong(http, asked, word):
    answer = await http.post("/api/schedules/preview", json=asked)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


async def test_many_schedules_come_page_by_page(http, gateway):
    wanted = [f"s{number:02}" for number in range(11)]
    for name in wanted:
        await gateway.parts.client.schedule(Schedule(name, "text.shout", cron="0 3 * * *"))
    found, path = [], "/api/schedules?limit=4"
    while path:
        answer = await http.get(path)
        found += [row["name"] for row in answer.json()]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert found == wanted


async def test_the_next_time_of_an_interval_is_the_one_at_which_it_comes(http, bus):
    before = datetime.now(UTC)
    made = (
        await http.post("/api/schedules", json={"name": "beat", "function": "text.shout", "every": 2})
    ).json()
    due = times(made)[0]
    assert timedelta(seconds=1) < due - before < timedelta(seconds=4)

    async def fired():
        records = [record async for record in Records(bus, streams.STREAM_TASKS).scan(names.TASKS)]
        return records[0] if records else None

    record = await eventually(fired, bool)
    assert timedelta() <= record.stored_at - due < timedelta(seconds=1)
    assert record.headers[codec.SCHEDULE] == "beat"
