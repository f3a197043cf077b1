"""Schedules in a real browser: when they come, how they went, and one made, changed and deleted by keys."""

import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from infra.testing import stack
from subjects.client import schedules
from subjects.messages import Schedule, Submission
from tests.wire.dashboard.conftest import linger, note, shout

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

NASTY = '<img src=x onerror="window.ran = true">'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    """A system with schedules that ran, that wait, that are paused, and that nobody serves."""
    async with stack(shout, linger, note, gateway=True, analytics=True) as running:
        client = running.client
        hi = Raw(b'{"text": "%s"}' % NASTY.replace('"', "'").encode())
        await client.schedule(
            Schedule("nightly", "text.shout", hi, cron="30 3 * * mon-fri", timezone="Asia/Tokyo")
        )
        await client.schedule(Schedule("pulse", "text.shout", every=3600, paused=True))
        await client.schedule(Schedule("orphan", "nobody.knows", every=86400))
        await client.submit(Submission("text.shout", Raw(b"{}"), id="later", delay=3600))
        for _ in range(2):
            await client.result((await client.run_schedule("nightly")).id, wait=15)
        yield running


async def listed(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")
    await expect(tab.page.get_by_role("link", name="nightly", exact=True)).to_be_visible()


async def test_the_list_says_when_each_comes_and_how_it_went(open_tab):
    tab = await open_tab("/schedules")
    await listed(tab)
    row = tab.page.get_by_role("listitem").filter(
        has=tab.page.get_by_role("link", name="nightly", exact=True)
    )
    await expect(row).to_contain_text("at 03:30, Monday to Friday")
    await expect(row).to_contain_text("in ")
    await expect(row.get_by_role("img", name="Completed")).to_have_count(2)
    await expect(row).to_contain_text("100 %")
    await tab.page.get_by_role("button", name="Paused", exact=True).click()
    await expect(tab.page.get_by_role("link", name="nightly", exact=True)).to_be_hidden()
    await expect(tab.page.get_by_role("button", name="Resume pulse")).to_be_visible()
    assert "shown=paused" in tab.page.url
    await tab.page.get_by_role("tab", name="Once").click()
    await tab.page.get_by_role("button", name="Cancel later").click()
    await tab.page.get_by_role("button", name="Cancel 1 task").click()
    await expect(tab.page.get_by_text("No task waits for its time.")).to_be_visible()
    assert tab.complaints == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_axe_finds_nothing_and_text_stays_text(open_tab, size, theme):
    tab = await open_tab("/schedules", size=size, theme=theme)
    await listed(tab)
    assert await tab.axe() == []
    await tab.page.get_by_role("button", name="New schedule").click()
    await expect(tab.page.get_by_role("status", name="Preview")).to_contain_text("at 09:00")
    assert await tab.axe() == []
    await tab.page.goto("/schedules/nightly")
    await expect(tab.page.get_by_role("list", name="Next times").get_by_role("listitem")).to_have_count(10)
    await expect(tab.page.get_by_text("onerror").first).to_be_visible()
    assert await tab.axe() == []
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await tab.page.evaluate(wide) == 0
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_keys_alone_make_change_run_and_delete_one(open_tab, system):
    tab = await open_tab("/schedules")
    await listed(tab)
    page, press = tab.page, tab.page.keyboard.press
    await press("c")
    dialog = page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Name").focus()
    await page.keyboard.type("hourly")
    await press("Tab")
    await page.keyboard.type("text.shout")
    await dialog.get_by_label("Cron").fill("0 25 * * *")
    await expect(dialog.get_by_role("status", name="Preview")).to_contain_text("25 is above 23")
    await dialog.get_by_label("Cron").fill("0 * * * *")
    await expect(dialog.get_by_role("status", name="Preview")).to_contain_text("every hour")
    await press("Enter")
    await expect(page.get_by_role("heading", name="hourly", level=1)).to_be_visible()
    await page.get_by_role("button", name="Run now: hourly").focus()
    await press("Enter")
    await expect(page.get_by_role("list", name="Runs", exact=True).get_by_text("Completed")).to_be_visible()
    await page.get_by_role("button", name="Edit").focus()
    await press("Enter")
    change = page.get_by_role("dialog", name="Change hourly")
    await change.get_by_label("Cron").fill("0 5 * * *")
    own = (await system.client.schedules())[0]
    assert own.name == "hourly"
    await system.client.schedule(own)
    await press("Enter")
    await expect(change.get_by_role("alert")).to_contain_text("412 out_of_date")
    await change.get_by_role("button", name="Show what it is now").press("Enter")
    await expect(change.get_by_label("Cron")).to_have_value("0 * * * *")
    await press("Escape")
    revision = (await schedules.entry(system.client.bus, "hourly")).revision
    await expect(page.get_by_text(f"Revision {revision},")).to_be_visible()
    await page.get_by_role("button", name="Delete").focus()
    await press("Enter")
    await page.get_by_role("button", name="Delete 1 schedule").press("Enter")
    await listed(tab)
    assert "hourly" not in [each.name for each in await system.client.schedules()]


async def test_what_is_not_there_is_said(open_tab):
    tab = await open_tab("/schedules/nope")
    await expect(tab.page.get_by_role("heading", name="Schedule nope is not here")).to_be_visible()
    await tab.page.goto("/schedules?text=zzz")
    await expect(tab.page.get_by_text("No schedules match.")).to_be_visible()
    await tab.page.goto("/schedules/orphan")
    await expect(tab.page.get_by_text("no worker has announced")).to_be_visible()
