"""What a page of a task asks: its input at any time, who is below it, and lists by agent, parent and time."""

from datetime import timedelta

from subjects import codec
from tests.wire.gateway.conftest import eventually
from tests.wire.gateway.test_tasks import finish, shout
from tests.wire.gateway.test_views import pages


async def test_the_input_is_told_before_and_after_the_end(http, bus):
    await http.post("/api/tasks", json=shout(id="waits"))
    await http.post("/api/tasks", json={**shout(id="later"), "in": 3600})
    for id in ("waits", "later"):
        assert (await http.get(f"/api/tasks/{id}/input")).json() == {"text": "hi"}
    await finish(bus, "done")
    assert (await http.get("/api/tasks/done/input")).json() is None
    assert (await http.get("/api/tasks/none/input")).status_code == 404


async def test_unfinished_tasks_are_listed_by_parent_and_time(http):
    await http.post("/api/tasks", json=shout(id="child", parent="top"))
    await http.post("/api/tasks", json=shout(id="other"))
    later = (codec.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for query, ids in (
        ("parent=top", ["child"]),
        ("agent=bot", []),
        (f"until={later}", ["other", "child"]),
        (f"since={later}", []),
    ):
        assert [id for page in await pages(http, f"state=queued&{query}") for id in page] == ids, query


async def test_a_family_is_told_page_by_page(http, bus, analytics):
    for id, parent in (("top", None), ("a", "top"), ("b", "top"), ("aa", "a"), ("stranger", "elsewhere")):
        await finish(bus, id, parent=parent)
    path = "/api/analytics/queries/family?id=top"
    whole = (await eventually(lambda: http.get(path), lambda got: len(got.json()["rows"]) == 4)).json()
    place = {name: whole["columns"].index(name) for name in ("id", "parent", "cursor")}
    assert {(row[place["id"]], row[place["parent"]]) for row in whole["rows"]} == {
        ("top", None),
        ("a", "top"),
        ("b", "top"),
        ("aa", "a"),
    }
    rest = await http.get(f"{path}&after={whole['rows'][1][place['cursor']]}")
    assert rest.json()["rows"] == whole["rows"][2:]


async def test_many_are_narrowed_by_text_and_agent(http):
    for id in ("alpha", "beta"):
        await http.post("/api/tasks", json=shout(id=id))
    for body, matched in (({"text": "ALPH"}, 1), ({"agent": "bot"}, 0), ({"text": "shout"}, 2)):
        answer = await http.post("/api/tasks/bulk-cancel", json=body)
        assert (answer.status_code, answer.json()["matched"]) == (200, matched), body
