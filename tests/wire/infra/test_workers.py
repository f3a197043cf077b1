"""Workers of a stack as people start it: killed on request, drained, and back in their places."""

import asyncio
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio

pytestmark = pytest.mark.timeout(60)

JOBS = str(Path(__file__).with_name("jobs.py"))


@pytest_asyncio.fixture
async def http(up):
    """The door of a stack with two worker processes."""
    own = await up(JOBS, "--processes", "2", "--no-analytics")
    async with httpx.AsyncClient(base_url=own.address["http"]) as client:
        yield client


async def eventually(ask, true):
    """The first answer of which something is true."""
    async with asyncio.timeout(18):
        while not true(answer := await ask()):  # noqa: ASYNC110 - a fact of other processes
            await asyncio.sleep(0.02)
    return answer


async def members(http):
    return (await http.get("/api/fleet")).json()["members"]


async def test_a_killed_worker_is_replaced_and_its_tasks_go_on_as_the_record_says(http, shell):
    flag = shell.here / "flag"
    body = {"function": "text.hold", "input": {"flag": str(flag)}, "id": "held"}
    await http.post("/api/tasks", json=body)
    before = await eventually(lambda: members(http), lambda found: any(one["held"] for one in found))
    [lost] = [one for one in before if one["held"]]
    [other] = [one["id"] for one in before if one is not lost]
    killed = (await http.post(f"/api/workers/{lost['id']}/kill")).json()
    assert (killed["worker"], killed["pid"], killed["part"]) == (lost["id"], lost["pid"], lost["part"])

    async def recovery():
        return (await http.get(f"/api/workers/{lost['id']}/recovery")).json()

    seen = await eventually(
        recovery, lambda told: told.get("successor") and told["tasks"] and told["tasks"][0]["worker"]
    )
    assert (seen["how"], seen["asked"], seen["held"]) == ("was killed (SIGKILL)", True, 1)
    [task] = seen["tasks"]
    assert (task["id"], task["function"], task["state"]) == ("held", "text.hold", "running")
    assert task["worker"] in (other, seen["successor"])
    assert seen["handed_over_by"]
    assert seen["at"] <= seen["handed_over_at"] <= seen["ready_at"]
    assert not psutil.pid_exists(lost["pid"])
    after = {one["id"]: one for one in await members(http)}
    new = after[seen["successor"]]
    assert (new["part"], new["restarts"], new["pid"]) == (lost["part"], 1, seen["successor_pid"])
    assert [one["id"] for one in after[task["worker"]]["held"]] == ["held"]
    flag.unlink()
    done = await eventually(recovery, lambda told: told["tasks"][0]["state"] == "completed")
    assert done["tasks"][0]["worker"] == task["worker"]
    typed = await shell.revo("worker", "lost", "-o", "json")
    assert [(one["worker"], one["successor"]) for one in typed.json] == [(lost["id"], seen["successor"])]
    for given, found in ({}, [lost["id"]]), ({"worker": lost["id"]}, [lost["id"]]), ({"worker": other}, []):
        told = (await http.get("/api/workers/lost", params=given)).json()
        assert [one["worker"] for one in told] == found


async def test_a_drained_place_stays_empty_until_it_is_resumed(http, shell):
    first, second = await members(http)
    done = await shell.revo("worker", "drain", first["id"])
    assert (done.code, f"{first['id']} is gone" in done.out) == (0, True)
    drained, _ = await eventually(lambda: members(http), lambda found: found[0]["state"] == "drained")
    assert (drained["id"], drained["part"], drained["pid"]) == (first["id"], "worker-1", None)
    assert (await http.post(f"/api/workers/{first['id']}/drain")).status_code == 404
    assert (await http.post(f"/api/workers/{second['id']}/resume")).status_code == 404
    shown = await shell.revo("worker", "ls")
    assert "drained" in shown.out
    assert (await http.post(f"/api/workers/{first['id']}/resume")).json()["part"] == "worker-1"
    new, _ = await eventually(lambda: members(http), lambda found: found[0]["state"] == "alive")
    assert (new["part"], new["id"] != first["id"]) == ("worker-1", True)
    shown = await shell.revo("worker", "show", new["id"], "-o", "json")
    assert (shown.code, shown.json["pid"]) == (0, new["pid"])
    # Nobody died.
    assert (await http.get("/api/workers/lost")).json() == []
