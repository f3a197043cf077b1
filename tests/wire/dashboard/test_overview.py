"""The overview shows what the system does, as it does it, to everybody."""

import gzip
import json
import re
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from subjects import codec, names
from subjects.messages import Network, Submission, SystemMetrics

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

FIRST_LOAD = 170_000
"""Bytes of scripts and styles, packed by gzip, before the page works."""
ALL_OF_IT = 800_000
CHARTS = ("Load of the machines", "Network", "Response time", "Error rate", "Throughput")


async def live(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")


async def test_the_page_comes_alive_and_nothing_in_it_complains(open_tab):
    tab = await open_tab("/")
    await expect(tab.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    await live(tab)
    await expect(tab.page.get_by_role("article", name="Perfect Recall")).to_be_visible()
    assert tab.complaints == []


async def test_a_task_shows_while_it_runs_and_goes_when_it_ends(open_tab, system):
    tab = await open_tab("/")
    await live(tab)
    running = tab.page.get_by_role("region", name="Running now")
    given = await system.client.submit(Submission("text.linger", Raw(b'{"seconds": 30}')))
    await expect(running.get_by_text("text.linger")).to_be_visible()
    await system.client.cancel(given.id)
    await expect(running.get_by_text("Nothing runs.")).to_be_visible()
    assert tab.complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def measured(system):
    """Two measurements of a host, as its reporter tells them, and a task that ended."""
    for ago in (40, 10):
        at = codec.now() - timedelta(minutes=1, seconds=ago)
        load = SystemMetrics("node-1", 20.0, 30.0, 40.0, Network(10**6 - ago, 10**6 - ago), at)
        await system.client.bus.store(names.metric("node-1", "system"), codec.encode(load))
    await system.client.run("text.shout", {"text": "x"})


async def test_a_range_stands_in_the_url_and_a_pointer_shows_one_time_in_all_charts(open_tab, measured):
    tab = await open_tab("/?range=24h")
    charts = [tab.page.get_by_role("region", name=name) for name in CHARTS]
    for chart in charts:
        await chart.scroll_into_view_if_needed()
        await expect(chart.locator("canvas")).to_be_visible()
    tile = tab.page.get_by_role("region", name="Figures").get_by_text("Throughput, 24h").locator("../..")
    await expect(tile).to_contain_text(re.compile("tasks? ended"))
    await expect(tile).to_contain_text(re.compile("now|ago"))
    await charts[-1].get_by_role("img").hover(position={"x": 300, "y": 60})
    for chart in charts:
        await expect(chart.locator("[data-time]")).to_have_text(re.compile(r"\d\d:\d\d:00"))
    told = {await chart.locator("[data-time]").text_content() for chart in charts}
    assert len(told) == 1
    await tab.page.get_by_role("button", name="7d").click()
    await expect(tab.page).to_have_url(re.compile(r"\?range=7d$"))
    await expect(tab.page.get_by_text("Throughput, 7d")).to_be_visible()
    assert tab.complaints == []


async def test_a_chart_that_cannot_be_had_fails_alone(open_tab, measured):
    tab = await open_tab("/nowhere")
    await tab.page.route("**/api/analytics/queries/series?*", lambda route: route.abort())
    await tab.page.goto("/?range=6h")
    await expect(tab.page.get_by_role("region", name="Error rate").get_by_role("alert")).to_be_visible()
    await expect(
        tab.page.get_by_role("region", name="Load of the machines").get_by_role("img")
    ).to_be_visible()
    await tab.page.unroute("**/api/analytics/queries/series?*")
    await tab.page.get_by_role("region", name="Error rate").get_by_role("button", name="Try again").click()
    await expect(tab.page.get_by_role("region", name="Error rate").get_by_role("img")).to_be_visible()


async def test_nothing_on_a_phone_is_wider_than_the_phone(open_tab, measured):
    tab = await open_tab("/?range=24h", size="phone")
    await expect(tab.page.get_by_role("region", name="Throughput").get_by_role("img")).to_be_visible()
    wide = await tab.page.evaluate("""() => [...document.querySelectorAll('main *')]
        .filter((own) => own.getBoundingClientRect().right > innerWidth + 1)
        .map((own) => own.outerHTML.slice(0, 200))""")
    assert wide == []


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
async def test_axe_finds_nothing(open_tab, size, theme):
    tab = await open_tab("/", size=size, theme=theme)
    await live(tab)
    await expect(tab.page.get_by_role("region", name="Agents").get_by_role("listitem").first).to_be_visible()
    assert await tab.axe() == []
    await tab.page.keyboard.press("Control+k")
    await expect(tab.page.get_by_role("combobox")).to_be_focused()
    assert await tab.axe() == []


async def test_axe_finds_what_is_wrong(open_tab):
    tab = await open_tab("/")
    await live(tab)
    await tab.page.evaluate("""() => {
        const bad = '<button></button><img src="/icon.svg"><p>grey</p>';
        document.querySelector('main').insertAdjacentHTML('beforeend', bad);
        const [grey] = [...document.querySelectorAll('main p')].slice(-1);
        grey.style.color = '#777'; grey.style.background = '#888';
    }""")
    rules = {found.partition(":")[0] for found in await tab.axe()}
    assert {"button-name", "image-alt", "color-contrast"} <= rules


async def test_what_is_not_built_may_not_run(open_tab):
    tab = await open_tab("/")
    await live(tab)
    await tab.page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true">');
    }""")
    await tab.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert await tab.page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in told for told in tab.complaints)


async def test_keys_alone_lead_everywhere(open_tab):
    tab = await open_tab("/nowhere")
    await expect(tab.page.get_by_role("heading", level=1)).to_contain_text("/nowhere is not here")
    await tab.page.keyboard.press("Shift+?")
    await expect(tab.page.get_by_role("dialog", name="Keyboard")).to_contain_text("Go to Overview")
    await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("g")
    await tab.page.keyboard.press("o")
    await expect(tab.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


async def test_a_link_into_the_page_works_and_one_into_the_api_stays_json(system, built):
    page = {"accept": "text/html,application/xhtml+xml"}
    async with httpx.AsyncClient(base_url=system.http) as http:
        deep = await http.get("/tasks/some-id?tab=logs", headers=page)
        missing = await http.get("/api/nothing", headers=page)
        home = (await http.get("/")).json()
        script = re.search(r'src="(/assets/[^"]+\.js)"', deep.text)[1]
        packed = await http.get(script, headers={"accept-encoding": "br"})
        plain = await http.get(script, headers={"accept-encoding": "identity"})
    assert (deep.status_code, deep.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = deep.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert home["dashboard"] == "/"
    assert packed.headers["content-encoding"] == "br"
    assert "immutable" in packed.headers["cache-control"]
    assert "content-encoding" not in plain.headers


def packed(built, names):
    return sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in names)


async def test_the_page_is_small(built):
    manifest = json.loads((built / ".vite" / "manifest.json").read_bytes())
    routes = json.loads((built / ".vite" / "routes.json").read_bytes())
    needed, waiting = set(), ["index.html", routes["/"]]
    while waiting:
        entry = manifest[waiting.pop()]
        if entry["file"] not in needed:
            needed |= {entry["file"], *entry.get("css", [])}
            waiting += entry.get("imports", [])
    code = [
        path.relative_to(built) for path in (built / "assets").iterdir() if path.suffix in (".js", ".css")
    ]
    assert packed(built, needed) <= FIRST_LOAD
    assert packed(built, code) <= ALL_OF_IT
