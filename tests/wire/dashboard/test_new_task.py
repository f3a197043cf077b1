"""A new task in the browser: found, filled in, submitted by keys alone; mended where it was wrong."""

import re

import msgspec
import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = "<img src=x onerror=window.ran=1>\u202eevil"


async def test_a_task_is_found_filled_in_and_submitted_by_keys(open_tab, system):
    tab = await open_tab("/")
    await expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    keys = tab.page.keyboard
    await keys.press("n")
    await expect(tab.page.get_by_role("searchbox")).to_be_focused()
    await keys.type("loudly")
    await expect(tab.page.get_by_role("link", name="text.shout")).to_be_visible()
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(tab.page.get_by_label("text", exact=True)).to_be_focused()
    await keys.type(EVIL)
    await keys.press("Control+Enter")
    outcome = tab.page.get_by_role("region", name="Outcome")
    await expect(outcome.get_by_text("Completed")).to_be_visible()
    await expect(outcome.get_by_role("group", name="Output")).to_contain_text("<IMG SRC=X")
    id = re.search(r"task=([\w-]+)", tab.page.url).group(1)
    result = await system.client.result(id, 10)
    assert msgspec.json.decode(result.output) == {"text": EVIL.upper()}
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_a_draft_outlives_a_reload_and_a_key_is_one_task(open_tab):
    tab = await open_tab("/tasks/new?function=text.shout")
    await tab.page.get_by_label("text", exact=True).fill("kept")
    await tab.page.get_by_label("Priority").select_option("high")
    await tab.page.get_by_label("Idempotency key").fill("only-once")
    await tab.page.reload()
    await expect(tab.page.get_by_label("text", exact=True)).to_have_value("kept")
    await expect(tab.page.get_by_label("Priority")).to_have_value("high")
    submit = tab.page.get_by_role("button", name="Submit")
    outcome = tab.page.get_by_role("region", name="Outcome")
    await submit.click()
    await expect(outcome.get_by_text("Completed")).to_be_visible()
    await submit.click()
    await expect(outcome).to_contain_text("This key was given before")
    await tab.page.get_by_role("button", name="Start over").click()
    await tab.page.reload()
    await expect(tab.page.get_by_label("text", exact=True)).to_have_value("")
    assert tab.complaints == []


async def test_what_is_wrong_is_said_at_its_field(open_tab):
    tab = await open_tab("/tasks/new?function=text.shout&tab=json")
    json = tab.page.get_by_label("Input as JSON")
    await json.fill('{"text": ')
    await expect(tab.page.get_by_role("button", name="Submit")).to_be_disabled()
    await json.fill('{"text": 7}')
    await tab.page.get_by_label("Idempotency key").fill("not a key")
    await tab.page.keyboard.press("Enter")
    key = tab.page.get_by_label("Idempotency key")
    await expect(key).to_have_accessible_description(re.compile("'not a key' is not a name"))
    await expect(key).to_be_focused()
    await key.fill("")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("region", name="Outcome").get_by_text("Rejected")).to_be_visible()
    await tab.page.get_by_role("tab", name="Form").click()
    text = tab.page.get_by_label("text", exact=True)
    await expect(text).to_have_accessible_description("Expected `str`, got `int`")
    await text.fill("seven")
    await expect(text).to_have_accessible_description("")


async def test_axe_finds_nothing(open_tab):
    for size, theme in (("desktop", "dark"), ("phone", "light")):
        tab = await open_tab("/tasks/new", size=size, theme=theme)
        await expect(tab.page.get_by_role("link", name="text.note")).to_be_visible()
        assert await tab.axe() == []
        await tab.page.get_by_role("link", name="text.linger").click()
        await tab.page.get_by_label("seconds").fill("0.01")
        await tab.page.get_by_role("button", name="Submit").click()
        outcome = tab.page.get_by_role("region", name="Outcome")
        await expect(outcome.get_by_text("Completed")).to_be_visible()
        assert await tab.axe() == []
        assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.complaints == []
