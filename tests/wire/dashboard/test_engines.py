"""The pages of engines: each one's own figures, what can be asked of it, and its life."""

import msgspec
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from functions.engines import creative, perfect_recall
from infra.testing import stack
from subjects.messages import Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = '<img src=x onerror="window.ran=1">the cat sleeps'
NAMES = ("perfect_recall", "parallel_mind", "creative", "coordinator")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    """Two real engines, analytics, and a gateway that serves the page."""
    own = (*perfect_recall.FUNCTIONS, *creative.FUNCTIONS)
    async with stack(*own, gateway=True, analytics=True) as running:
        yield running


async def test_a_memory_is_found_and_says_why(open_tab, system):
    stored = Submission("perfect_recall.memory_store", Raw(msgspec.json.encode({"text": EVIL})))
    await system.client.result((await system.client.submit(stored)).id, 30)
    tab = await open_tab("/engines/perfect_recall?query=cat")
    found = tab.page.get_by_role("list", name="Memories")
    await expect(found).to_contain_text("the cat sleeps")
    await expect(found).to_contain_text("score")
    tile = tab.page.get_by_text("Memories indexed").locator("../..")
    await expect(tile.get_by_text("1", exact=True)).to_be_visible(timeout=20_000)
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_ideas_are_shown_with_what_their_score_is_made_of(open_tab, system):
    asked = {"problem": "reduce the latency of the checkout page", "count": 3}
    task = Submission("creative.creative_generation", Raw(msgspec.json.encode(asked)))
    result = await system.client.result((await system.client.submit(task)).id, 30)
    best = max(one["score"]["innovation"] for one in msgspec.json.decode(result.output)["candidates"])
    tab = await open_tab("/engines/creative")
    ideas = tab.page.get_by_role("list", name="Ideas")
    await expect(ideas.get_by_role("listitem").first).to_contain_text(f"{best:.2f}")
    await expect(ideas.get_by_role("listitem").first).to_contain_text("Feasibility")
    assert tab.complaints == []


async def test_an_engine_is_stopped_and_started_by_keys(open_tab):
    tab = await open_tab("/")
    press = tab.page.keyboard.press
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")
    await press("g")
    await press("e")
    card = tab.page.get_by_role("article", name="Creative")
    await expect(card).to_contain_text("Idle")
    await card.get_by_role("button", name="Stop", exact=True).focus()
    await press("Enter")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).focus()
    await press("Enter")
    await expect(card).to_contain_text("Stopped")
    await card.get_by_role("button", name="Start", exact=True).focus()
    await press("Enter")
    await expect(card).to_contain_text("Idle")
    assert tab.complaints == []


async def test_a_restart_says_who_stayed(open_tab):
    tab = await open_tab("/engines/creative")
    await tab.page.get_by_role("button", name="Restart").click()
    await tab.page.get_by_role("dialog").get_by_role("button", name="Restart").click()
    # The worker of this test has no supervisor, so nobody would start it again.
    await expect(tab.page.get_by_text("1 without a supervisor stayed")).to_be_visible()


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone", "dark")])
async def test_axe_finds_nothing(open_tab, size, theme):
    tab = await open_tab("/engines", size=size, theme=theme)
    await expect(tab.page.get_by_role("article", name="Creative")).to_contain_text("Idle")
    assert await tab.axe() == []
    for name in NAMES:
        await tab.page.goto(f"/engines/{name}")
        await expect(tab.page.get_by_role("region", name="Figures")).to_be_visible()
        assert await tab.axe() == [], name
        assert await tab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


async def test_an_engine_that_is_none_is_said_to_be_none(open_tab):
    tab = await open_tab("/engines/warp")
    await expect(tab.page.get_by_role("heading", level=1)).to_contain_text("warp is not here")
