"""The overview shows what the system does, as it does it, to everybody."""

import gzip
import json
import re

import httpx
import pytest
from msgspec import Raw
from playwright.async_api import expect

from subjects.messages import Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

FIRST_LOAD = 170_000
"""Bytes of scripts and styles, packed by gzip, before the page works."""
ALL_OF_IT = 800_000


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


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
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
