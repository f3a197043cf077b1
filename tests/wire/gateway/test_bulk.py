"""Many tasks by a filter over HTTP."""

from tests.wire.gateway.test_tasks import shout


async def test_a_filter_is_counted_first_and_then_carried_out(http):
    for number in range(3):
        await http.post("/api/tasks", json=shout(id=f"b{number}", priority="low"))
    await http.post("/api/tasks", json=shout(id="kept"))
    counted = await http.post("/api/tasks/bulk-cancel", json={"function": "text.shout", "priority": "low"})
    assert counted.status_code == 200
    assert counted.json()["counts"] == [{"function": "text.shout", "state": "queued", "count": 3}]
    assert (counted.json()["dry_run"], counted.json()["done"]) == (True, 0)
    done = (await http.post("/api/tasks/bulk-cancel", json={"priority": "low", "dry_run": False})).json()
    assert (done["matched"], done["done"], done["troubles"]) == (3, 3, [])
    again = (await http.post("/api/tasks/bulk-retry", json={"state": "canceled", "dry_run": False})).json()
    assert (again["matched"], again["done"]) == (3, 3)
    assert {(await http.get(f"/api/tasks/b{number}")).json()["state"] for number in range(3)} == {"queued"}


async def test_a_filter_must_narrow_and_be_understood(http):
    for body in ({}, {"quue": "text"}, {"queue": "text", "limit": 0}, {"since": "yesterday"}):
        answer = await http.post("/api/tasks/bulk-retry", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
