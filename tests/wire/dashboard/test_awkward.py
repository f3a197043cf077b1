"""The page where little is as it should be: upgrades, wrong clocks, busy gateways, sleep, hostile text."""

import asyncio
import contextlib
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import msgspec
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from functions import Rejected, function
from infra.testing import stack
from subjects.messages import Submission
from tests.wire.dashboard.conftest import Tab, Told, Words, linger, note, shout
from tests.wire.dashboard.lonely import killable

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

RUNS = "<script>window.ran=1</script>", "<img src=x onerror=window.ran=1>", "javascript:window.ran=1"
MORE = (
    '"><svg/onload=window.ran=1>',
    "{{window.ran=1}}",
    "</textarea><iframe srcdoc='<script>top.ran=1</script>'>",
)
TURNED = "\u202egnp.exe\u2066 \u05d0\u05d1\u05d2 z\u0351\u0327algo \U0001f469\u200d\U0001f4bb"
EVIL = " ".join((*RUNS, *MORE, TURNED))
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
AGENTS = re.compile(r"/api/agents(\?.*)?$")
UPGRADED = "There is a newer version of this page"


async def say_no(input: Words) -> Told:
    raise Rejected(input.text)


say_no.__doc__ = EVIL
refuse = function("text.refuse", timeout=20)(say_no)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    async with stack(shout, linger, note, refuse, gateway=True, analytics=True) as running:
        yield running


async def live(page):
    await expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "live", timeout=40_000)


@contextlib.asynccontextmanager
async def visited(browser, url, before=None):
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, base_url=url)
    try:
        tab = Tab(await context.new_page())
        if before is not None:
            await before(tab.page)
        yield tab
    finally:
        await context.close()


def newer(built, place):
    """The same page from another build: its entry and one of its pages have other names."""
    index = (built / "index.html").read_text()
    entry = re.search(r"/assets/(index-[\w-]+)\.js", index)[1]
    (old,) = (built / "assets").glob("Failures-*.js")
    names = {entry: f"{entry[:-3]}new", old.stem: f"{old.stem[:-3]}new"}
    for path in built.rglob("*"):
        if path.is_file() and path.suffix not in (".br", ".gz"):
            text = path.read_bytes()
            target = str(path.relative_to(built))
            for before, after in names.items():
                text, target = text.replace(before.encode(), after.encode()), target.replace(before, after)
            (place / target).parent.mkdir(parents=True, exist_ok=True)
            (place / target).write_bytes(text)
    return str(place)


async def test_an_old_tab_asks_to_reload_and_keeps_what_was_written(browser, system, built, tmp_path):
    async with (
        killable(system.server.url, dashboard=True) as (gateway, _),
        visited(browser, gateway.url) as tab,
    ):
        page = tab.page
        await page.goto("/alerts?view=rules&rule=new")
        await page.get_by_role("dialog").get_by_label("Name").fill("half-written")
        await live(page)
        await gateway.kill()
        gateway.site = newer(built, tmp_path)
        await gateway.start()
        await expect(page.get_by_text(UPGRADED)).to_be_visible(timeout=40_000)
        await expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value("half-written")
        await page.reload()
        await expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value("half-written")
        await expect(page.get_by_text(UPGRADED)).to_be_hidden()


async def test_a_page_whose_code_is_gone_says_so_and_the_others_work(open_tab):
    tab = await open_tab("/tasks/new?function=text.shout")
    page = tab.page
    await page.get_by_label("text", exact=True).fill("a draft")
    await page.route("**/assets/Failures-*.js", lambda route: route.fulfill(status=404))
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Failures").click()
    await expect(page.get_by_role("main")).to_contain_text("opens after a reload")
    await expect(page.get_by_text(UPGRADED)).to_be_visible()
    assert await tab.axe() == []
    await page.go_back()
    await expect(page.get_by_label("text", exact=True)).to_have_value("a draft")
    await page.unroute("**/assets/Failures-*.js")
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Failures").click()
    await page.get_by_role("alert").get_by_role("button", name="Reload").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Failures")
    await expect(page.get_by_text(UPGRADED)).to_be_hidden()


@pytest.mark.parametrize("hours", [1, -1])
async def test_ages_are_right_though_a_clock_is_wrong_by_an_hour(browser, system, hours):
    async def wrong(page):
        await page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))

    given = await system.client.submit(Submission("text.linger", Raw(b'{"seconds": 50}')))
    seconds = re.compile(r"^(now|\d+(\.\d)? s( ago)?|\d+ ms)$")
    async with visited(browser, system.http, wrong) as tab:
        page = tab.page
        await page.goto("/tasks?range=1h")
        await live(page)
        row = page.get_by_role("row").filter(has_text="text.linger").first
        await expect(row).to_be_visible()
        await expect(row.locator("time").last).to_have_text(seconds)
        await page.goto(f"/tasks/{given.id}")
        elapsed = page.locator("dt", has_text="Elapsed").locator("xpath=following-sibling::dd")
        await expect(elapsed).to_have_text(seconds)
        await page.goto("/")
        await live(page)
        await expect(
            page.get_by_role("region", name="Running now").get_by_text("text.linger")
        ).to_be_visible()
        await expect(page.get_by_role("main")).not_to_contain_text(re.compile(r"\b(59 min|1 h|60 min)"))
        assert tab.complaints == []
    await system.client.cancel(given.id)


async def test_a_busy_gateway_costs_no_data_and_the_page_recovers_by_itself(browser, system):
    async with visited(browser, system.http, lambda page: page.clock.install()) as tab:
        page = tab.page
        await page.goto("/agents")
        await live(page)
        known = page.get_by_role("main").get_by_role("article", name="text")
        told = page.get_by_role("main").get_by_text("too much to do").first
        await expect(known).to_be_visible()
        asked = []

        async def busy(route):
            asked.append(await page.evaluate("() => Date.now()"))
            status = 503 if len(asked) % 2 else 429
            problem = {"code": "overloaded", "title": "Busy.", "detail": "too much to do", "status": status}
            body = msgspec.json.encode({**problem, "type": "", "retryable": True}).decode()
            kind = "application/problem+json"
            await route.fulfill(status=status, headers={"Retry-After": "2", "Content-Type": kind}, body=body)

        await page.route(AGENTS, busy)
        await passing(page, told.is_visible)
        await expect(told).to_contain_text(re.compile(r"From \d+ s ago"))
        await expect(known).to_be_visible()
        assert all(later - earlier >= 2_000 for earlier, later in pairwise(asked))
        await page.unroute(AGENTS)
        await passing(page, told.is_hidden)
        await expect(known).to_be_visible()
        # A page that asks once only comes by itself too.
        await page.route("**/api/monitoring/rules", busy)
        await page.goto("/alerts?view=rules")
        await passing(page, told.is_visible)
        await page.unroute("**/api/monitoring/rules")
        await passing(page, told.is_hidden)
        await expect(page.get_by_role("main").get_by_text("disk").first).to_be_visible()


async def passing(page, fact):
    """Let the clock of the page run ahead until something is so."""
    async with asyncio.timeout(40):
        while not await fact():
            await page.clock.run_for(500)


async def test_two_tabs_are_both_live_and_a_task_is_done_once(browser, system):
    async with visited(browser, system.http) as one:
        two = await one.page.context.new_page()
        await two.goto("/tasks?function=shout&text=both-tabs")
        await live(two)
        await one.page.goto("/tasks/new?function=text.shout")
        await live(one.page)
        await one.page.get_by_label("text", exact=True).fill("x")
        await one.page.get_by_label("Idempotency key").fill("both-tabs")
        await one.page.get_by_role("button", name="Submit").click()
        await expect(one.page.get_by_role("region", name="Outcome").get_by_text("Completed")).to_be_visible()
        await expect(two.get_by_role("row").filter(has_text="text.shout")).to_have_count(1)
        await expect(two.get_by_test_id("connection")).to_have_attribute("data-status", "live")
    done = await system.client.result("both-tabs", 10)
    assert (done.state, done.attempts) == ("completed", 1)


async def test_a_laptop_that_wakes_up_connects_at_once(browser, system):
    async with (
        killable(system.server.url, dashboard=True) as (_, line),
        visited(browser, line.url.replace("nats", "http"), lambda page: page.clock.install()) as tab,
    ):
        page = tab.page
        await page.goto("/")
        await live(page)
        await line.cut()
        await expect(page.get_by_test_id("connection")).not_to_have_attribute("data-status", "live")
        # An hour of sleep: each timer that is due fires once.
        await page.clock.fast_forward(3_600_000)
        await line.mend()
        await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        await live(page)
        await expect(page.get_by_role("status").filter(has_text="Live updates paused")).to_be_hidden()


BIDI = """() => [...document.querySelectorAll('main *')].filter((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.includes('gnp.exe'));
    if (!own || element.closest('textarea, input, .cm-editor')) return false;
    const { display, unicodeBidi } = getComputedStyle(element);
    return display.startsWith('inline') && !unicodeBidi.includes('isolate') && unicodeBidi !== 'plaintext';
}).map((element) => element.outerHTML.slice(0, 200))"""
"""Elements in whose line hostile text could turn its neighbours around."""


async def test_hostile_text_runs_nowhere_and_turns_nothing_around(open_tab, system):
    text = msgspec.json.encode({"text": EVIL})
    ids = {}
    for name in ("shout", "note", "refuse"):
        ids[name] = (await system.client.submit(Submission(f"text.{name}", Raw(text)))).id
        await system.client.result(ids[name], 15)
    agent = {"id": "evil", "name": EVIL[-150:], "description": EVIL, "capabilities": ["text.shout"]}
    async with httpx.AsyncClient(base_url=system.http) as http:
        made = await http.post("/api/agents", json=agent)
    assert made.status_code == 201, made.text
    tab = await open_tab("/")
    paths = {
        f"/tasks/{ids['shout']}": "gnp.exe".upper(),
        f"/tasks/{ids['note']}?tab=logs": "gnp.exe",
        f"/tasks/{ids['refuse']}": "gnp.exe",
        "/tasks": "text.refuse",
        "/tasks/new": "gnp.exe",
        "/tasks/new?function=text.refuse": "gnp.exe",
        "/agents": "gnp.exe",
        "/agents/evil": "gnp.exe",
        "/failures": "gnp.exe",
        "/": "text",
    }
    for path, shown in paths.items():
        await tab.page.goto(path)
        await live(tab.page)
        await expect(tab.page.get_by_role("main")).to_contain_text(shown)
        assert await tab.page.evaluate("() => window.ran") is None, path
        assert await tab.page.evaluate(BIDI) == [], path
        assert await tab.page.evaluate(SIDEWAYS) == 0, path
    assert tab.complaints == []
    # What is looked for would be found.
    await tab.page.evaluate("() => document.querySelector('main').append(document.createElement('q'))")
    await tab.page.evaluate("() => { document.querySelector('main q').textContent = 'gnp.exe'; }")
    assert len(await tab.page.evaluate(BIDI)) == 1
