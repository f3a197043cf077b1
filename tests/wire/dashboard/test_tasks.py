"""Tasks in the browser: found, picked, changed; looked into; given."""

import re

import pytest
from msgspec import Raw
from playwright.async_api import expect

from subjects.messages import Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

CORPUS = "<img src=x onerror=window.ran=1><script>window.ran=1</script>\u202eevil"


async def shout(system, text="hi", **more):
    return await system.client.submit(
        Submission("text.shout", Raw(b'{"text": "%s"}' % text.encode()), **more)
    )


async def linger(system, seconds=60, **more):
    body = Raw(b'{"seconds": %d}' % seconds)
    return await system.client.submit(Submission("text.linger", body, **more))


def row(tab, id):
    return tab.page.locator(f"[role=row][id='row-{id}']")


async def test_the_list_is_live_and_holds_still_while_somebody_reads(open_tab, system):
    first = await linger(system)
    tab = await open_tab("/tasks")
    await expect(row(tab, first.id).get_by_text("Running")).to_be_visible()
    await row(tab, first.id).hover()
    second = await linger(system)
    chip = tab.page.get_by_role("button", name=re.compile(r"\d+ new"))
    await expect(chip).to_be_visible()
    await expect(row(tab, second.id)).to_have_count(0)
    await system.client.cancel(first.id)
    await expect(row(tab, first.id).get_by_text("Canceled", exact=True)).to_be_visible()
    await chip.click()
    await expect(row(tab, second.id)).to_be_visible()
    await system.client.cancel(second.id)
    assert tab.complaints == []


async def test_many_are_picked_by_keys_counted_and_canceled(open_tab, system):
    given = [await linger(system, priority="low") for _ in range(3)]
    tab = await open_tab("/tasks?priority=low")
    await expect(row(tab, given[0].id)).to_be_visible()
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        await tab.page.keyboard.press(key)
    await expect(tab.page.get_by_text("3 tasks picked")).to_be_visible()
    await tab.page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = tab.page.get_by_role("dialog", name="Cancel tasks")
    await expect(dialog).to_contain_text("3 tasks will be canceled")
    await dialog.get_by_role("button", name="Cancel 3 tasks").click()
    for task in given:
        assert (await system.client.result(task.id, 10)).state == "canceled"
    await tab.page.goto("/tasks?state=canceled&priority=low")
    await tab.page.get_by_role("button", name="Retry all…").click()
    again = tab.page.get_by_role("dialog", name="Retry tasks")
    await expect(again.get_by_role("button", name="Retry 3 tasks")).to_be_enabled()
    assert tab.complaints == []


async def test_filters_stand_in_the_address_and_a_time_is_brushed(open_tab, system):
    await system.client.result((await shout(system)).id, 10)
    tab = await open_tab("/tasks")
    await tab.page.get_by_label("State").select_option("rejected")
    await expect(tab.page).to_have_url(re.compile("state=rejected"))
    await tab.page.get_by_role("button", name="Clear filters").first.click()
    brush = tab.page.get_by_role("slider")
    await expect(brush).to_have_attribute("aria-valuetext", re.compile(r"[1-9]\d* tasks? ended"))
    await brush.focus()
    for key in ("ArrowLeft", "Shift+ArrowLeft", "Enter"):
        await tab.page.keyboard.press(key)
    await expect(tab.page).to_have_url(re.compile("since=.*until="))
    await tab.page.goto("/tasks?text=nothing-is-called-so")
    await expect(tab.page.get_by_text("No tasks match.")).to_be_visible()
    assert tab.complaints == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_axe_finds_nothing(open_tab, system, size, theme):
    done = await shout(system)
    await system.client.result(done.id, 10)
    tab = await open_tab("/tasks", size=size, theme=theme)
    await expect(row(tab, done.id).get_by_text("Completed")).to_be_visible()
    assert await tab.axe() == []
