"""The page of workers and lanes on a stack as people start it: what it says is what the processes do."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil
import pytest
import pytest_asyncio
from playwright.async_api import expect

from subjects import codec
from subjects.client import Client
from subjects.kv import Bucket
from subjects.messages import WorkerInfo

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

JOBS = str(Path(__file__).with_name("worker_jobs.py"))
MAIN = str(Path(__file__).resolve().parents[3] / "infra" / "__main__.py")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built, tmp_path_factory):
    """`revo up` with two worker processes that serve one queue."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REVOAGENT_")}
    environment |= {"REVOAGENT_PORT": "0", "REVOAGENT_NATS_PORT": "0", "REVOAGENT_DURABILITY": "process"}
    environment |= {"REVOAGENT_TARGETS": JOBS, "REVOAGENT_POOL_MOST": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", MAIN, "up", "--processes", "2", "-o", "json"),
        cwd=tmp_path_factory.mktemp("workers"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = json.loads(await process.stdout.readline())
    async with httpx.AsyncClient(base_url=address["http"]) as http, Client.connect(address["nats"]) as client:
        yield SimpleNamespace(http=address["http"], ask=http, client=client)
    process.send_signal(signal.SIGTERM)
    await process.wait()


@pytest_asyncio.fixture(loop_scope="module")
async def lingering(system):
    """A task that runs until the test has ended; its id."""
    task = await system.client.start("text.linger", {"seconds": 250})
    yield task.id
    await system.client.cancel(task.id)


async def live(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")


def row(tab, part):
    """The row of whoever is in a place now."""
    return tab.page.get_by_role("article").filter(has_text=re.compile(rf"{part} · pid|{part}$"))


async def test_a_kill_shows_who_took_over_as_it_happens(open_tab, system, lingering):
    tab = await open_tab("/workers")
    await live(tab)
    lost = tab.page.get_by_role("article").filter(has=tab.page.get_by_role("link", name="text.linger"))
    await expect(lost).to_contain_text("1 of 16 slots busy")
    id = await lost.get_attribute("aria-label")
    pid = (await system.ask.get(f"/api/workers/{id}")).json()["pid"]
    await expect(lost).to_contain_text(f"pid {pid}")
    # By keys alone.
    await lost.get_by_role("button", name="Kill").focus()
    await tab.page.keyboard.press("Enter")
    dialog = tab.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 task that it runs begins again elsewhere")
    await dialog.get_by_role("button", name="Kill").focus()
    await tab.page.keyboard.press("Enter")
    panel = tab.page.get_by_role("article", name=f"Recovery of {id}")
    await expect(panel).to_contain_text("was killed (SIGKILL), on request")
    await expect(panel).to_contain_text("1 task given back to the queues by")
    await expect(panel).to_contain_text("All of them taken up again")
    await expect(panel).to_contain_text("at work in its place")
    told = (await system.ask.get(f"/api/workers/{id}/recovery")).json()
    [task] = told["tasks"]
    assert (task["id"], told["pid"], told["held"]) == (lingering, pid, 1)
    await expect(panel).to_contain_text(f"on {task['worker']}")
    await expect(panel).to_contain_text(told["successor"])
    assert not psutil.pid_exists(pid)
    assert lingering in {one.id for one in (await system.client.workers())[task["worker"]].held}
    # The killed one is still shown for a while, as what it is.
    await expect(tab.page.get_by_role("article", name=id, exact=True)).to_contain_text("Gone")
    assert f"lost={id}" in tab.page.url
    assert tab.complaints == []


async def test_a_drained_worker_leaves_its_place_and_a_resumed_one_takes_it(open_tab, system):
    tab = await open_tab("/workers?text=worker-1")
    mine = row(tab, "worker-1")
    drained = mine.filter(has_text="Alive")
    id = await drained.get_attribute("aria-label")
    await drained.get_by_role("button", name="Drain").click()
    await expect(tab.page.get_by_role("dialog")).to_contain_text("Its place stays empty until you resume it")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Drain").click()
    place = tab.page.get_by_role("article", name=id, exact=True)
    await expect(place).to_contain_text("Drained")
    await expect(tab.page.get_by_text("1 is out of service")).to_be_visible()
    assert id not in await system.client.workers()
    await place.get_by_role("button", name="Resume").click()
    await expect(mine.filter(has_text="Alive")).to_have_count(1)
    await expect(tab.page.get_by_text("2 workers are at work")).to_be_visible()
    assert tab.complaints == []


async def test_what_nobody_serves_is_said_first_with_what_would_help(open_tab, system, lingering):
    for _ in range(2):
        await system.client.bus.store("task.translation.high.translate", b"{}")
    await system.client.bus.store("task.translation.translate", b"{}")
    tab = await open_tab("/workers?view=lanes")
    said = tab.page.get_by_role("region", name="Unserved queues")
    await expect(said).to_contain_text("Nobody serves translation; 3 tasks wait")
    await expect(said).to_contain_text("revo work --only translation")
    first = tab.page.get_by_role("list", name="Lanes").get_by_role("article").first
    await expect(first).to_contain_text("nobody")
    await expect(first.get_by_role("listitem").filter(has_text="high")).to_contain_text("2")
    lane = tab.page.get_by_role("article", name="text", exact=True)
    await expect(lane).to_contain_text("2 workers")
    await expect(lane).to_contain_text("1 of 32")
    await tab.page.get_by_role("button", name="Unserved").click()
    await expect(lane).to_have_count(0)
    await tab.page.get_by_role("searchbox", name="Search queues").fill("zzz")
    await expect(tab.page.get_by_text("No lanes match.")).to_be_visible()
    await tab.page.get_by_role("button", name="Clear filters").click()
    await tab.page.get_by_role("button", name="Past of text").click()
    await expect(tab.page.get_by_role("region", name="Queue text").get_by_role("img")).to_be_visible()
    assert "queue=text" in tab.page.url
    assert tab.complaints == []


async def test_what_others_write_about_themselves_is_only_ever_text(open_tab, system):
    evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    now = codec.now()
    told = WorkerInfo("w-evil", evil, 1, ["text.linger"], 2, "running", now, now, stuck=[evil])
    await Bucket(system.client.bus, "workers", WorkerInfo).put("w-evil", told, 60)
    tab = await open_tab("/workers")
    await expect(tab.page.get_by_role("heading", name=evil)).to_be_visible()
    await expect(tab.page.get_by_role("article", name="w-evil")).to_contain_text(f"Would not stop: {evil}")
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []
    await Bucket(system.client.bus, "workers", WorkerInfo).delete("w-evil")


async def test_who_was_not_lost_has_no_recovery(open_tab):
    tab = await open_tab("/workers?lost=w-nobody")
    said = tab.page.get_by_role("region", name="Recovery")
    await expect(said).to_contain_text("Nobody has told of the death of w-nobody")
    await said.get_by_role("button", name="Close").click()
    await expect(said).to_have_count(0)
    assert tab.complaints == []


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone", "dark")])
async def test_axe_finds_nothing(open_tab, system, lingering, size, theme):
    [lost] = {one["worker"] for one in (await system.ask.get("/api/workers/lost")).json()}
    tab = await open_tab(f"/workers?lost={lost}", size=size, theme=theme)
    paths = ("/workers?text=worker-1", "/workers?view=lanes", "/workers?view=lanes&queue=text")
    for path, name in ((None, "On "), (paths[0], "On "), (paths[1], "Lanes"), (paths[2], "Lanes")):
        if path is not None:
            await tab.page.goto(path)
        await expect(tab.page.get_by_role("list", name=re.compile(f"^{name}")).first).to_be_visible()
        assert await tab.axe() == [], path
        assert await tab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert tab.complaints == []
