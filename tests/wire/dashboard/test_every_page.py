"""Every page of the navigation, found in the built page: a new one need not be named here."""

import gzip
import json
import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

FIRST_LOAD, ANY_ROUTE, ALL_OF_IT = 170_000, 260_000, 800_000
"""Bytes of scripts and styles, packed by gzip."""
LOADED = "() => document.querySelector('main h1') && !document.querySelector('main [aria-label=\"Loading\"]')"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED = """() => {
    const at = document.activeElement;
    return at.closest('main') !== null && at.id !== 'main' && at.matches(':focus-visible');
}"""
"""Whether the keys have reached something of the page, and it shows."""
MOST_TABS = 60


async def live(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")


async def entries(tab):
    """Where the navigation leads to: path, name, and the key after `g` that stands beside it."""
    await live(tab)
    links = tab.page.get_by_role("navigation", name="Pages").get_by_role("link")
    found = await links.evaluate_all("all => all.map((a) => [a.getAttribute('href'), a.textContent])")
    assert found
    return [(path, *re.fullmatch(r"(.*)g (\w)", text).groups()) for path, text in found]


async def go(tab, path):
    await tab.page.goto(path)
    await live(tab)
    await tab.page.wait_for_function(LOADED)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_axe_and_policy_find_nothing_on_any_page(open_tab, size, theme):
    pages = await entries(await open_tab("/"))
    assert ("/", "Overview", "o") in pages
    tab = await open_tab("/", size=size, theme=theme)
    for path, label, _ in pages:
        await go(tab, path)
        assert await tab.axe() == [], f"{label} in {theme} on a {size}"
        assert await tab.page.evaluate(SIDEWAYS) == 0, f"{label} is wider than a {size}"
    assert tab.complaints == []


async def test_keys_alone_reach_every_page_and_something_to_do_on_it(open_tab):
    tab = await open_tab("/")
    pages = await entries(tab)
    press = tab.page.keyboard.press
    for path, label, key in pages:
        await press("g")
        await press(key)
        await expect(tab.page).to_have_url(re.compile(rf"{re.escape(path)}(\?.*)?$"))
        await tab.page.wait_for_function(LOADED)
        await tab.page.evaluate("() => document.getElementById('main').focus()")
        for _ in range(MOST_TABS):
            await press("Tab")
            if await tab.page.evaluate(FOCUSED):
                break
        else:
            raise AssertionError(f"nothing on {label} can be reached by Tab")
    assert tab.complaints == []


def packed(built, names):
    return sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in names)


async def test_no_page_is_large(built):
    manifest = json.loads((built / ".vite" / "manifest.json").read_bytes())
    routes = json.loads((built / ".vite" / "routes.json").read_bytes())
    sizes = {}
    for path, module in routes.items():
        needed, waiting = set(), ["index.html", module]
        while waiting:
            entry = manifest[waiting.pop()]
            if entry["file"] not in needed:
                needed |= {entry["file"], *entry.get("css", [])}
                waiting += entry.get("imports", [])
        sizes[path] = packed(built, needed)
    code = [
        file.relative_to(built) for file in (built / "assets").iterdir() if file.suffix in (".js", ".css")
    ]
    assert sizes["/"] <= FIRST_LOAD
    assert {path: size for path, size in sizes.items() if size > ANY_ROUTE} == {}
    assert packed(built, code) <= ALL_OF_IT
