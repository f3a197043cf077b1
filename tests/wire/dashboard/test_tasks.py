"""Tasks in the browser: found, picked, changed; looked into; given."""

import re

import msgspec
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


async def test_a_task_tells_why_it_failed_and_what_its_children_did(open_tab, system):
    top = await linger(system, 60)
    child = await shout(system, "hi", parent=top.id)
    wrong = await system.client.submit(Submission("text.shout", Raw(b'{"text": 7}'), parent=top.id))
    await system.client.result(wrong.id, 10)
    tab = await open_tab(f"/tasks/{top.id}")
    line = tab.page.get_by_role("listbox", name="Tasks over time")
    await expect(line.get_by_role("option")).to_have_count(3)
    await line.focus()
    await tab.page.keyboard.press("End")
    await expect(tab.page).to_have_url(re.compile(f"of={wrong.id}"))
    await expect(tab.page.get_by_role("tab", name="Error")).to_have_attribute("aria-selected", "true")
    await expect(tab.page.get_by_role("tabpanel")).to_contain_text("invalid_input")
    await tab.page.goto(f"/tasks/{top.id}?tab=input")
    await expect(tab.page.get_by_role("group", name="Input")).to_contain_text("60")
    await tab.page.keyboard.press("c")
    await tab.page.get_by_role("button", name="Cancel the task").click()
    await expect(tab.page.get_by_text("Canceled", exact=True).first).to_be_visible()
    assert (await system.client.result(top.id, 10)).state == "canceled"
    await tab.page.get_by_role("button", name="It was of use").click()
    await expect(tab.page.get_by_text("Thank you.")).to_be_visible()
    await tab.page.goto(f"/tasks/{child.id}")
    await expect(tab.page.get_by_role("link", name=top.id)).to_be_visible()
    assert tab.complaints == []


async def test_what_users_wrote_is_text_and_the_largest_input_freezes_nothing(open_tab, system):
    evil = await system.client.submit(Submission("text.shout", Raw(msgspec.json.encode({"text": CORPUS}))))
    await system.client.result(evil.id, 10)
    tab = await open_tab(f"/tasks/{evil.id}?tab=output")
    await expect(tab.page.get_by_role("group", name="Output")).to_contain_text("<SCRIPT>")
    large = {"items": [{"name": "x" * 500, "place": place} for place in range(1_900)]}
    given = await system.client.submit(
        Submission("text.linger", Raw(msgspec.json.encode({"seconds": 60, "more": large})))
    )
    await tab.page.goto(f"/tasks/{given.id}?tab=input")
    shown = tab.page.get_by_role("group", name="Input")
    await expect(shown).to_contain_text("KiB")
    await tab.page.get_by_role("tab", name="Raw").click()
    await expect(tab.page.get_by_role("tabpanel")).to_contain_text(given.id)
    await system.client.cancel(given.id)
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_a_task_is_given_again_with_another_input(open_tab, system):
    first = await shout(system, "hi")
    await system.client.result(first.id, 10)
    tab = await open_tab(f"/tasks/{first.id}")
    await tab.page.get_by_role("button", name="Duplicate…").click()
    await tab.page.get_by_role("dialog").get_by_label("text").fill("once more")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_text("ONCE MORE")).to_be_visible()
    assert first.id not in tab.page.url
    assert tab.complaints == []


async def test_a_task_that_is_not_there_is_said_to_be_missing(open_tab):
    tab = await open_tab("/tasks/nobody")
    await expect(tab.page.get_by_role("heading", name="Task nobody is not here")).to_be_visible()


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
async def test_axe_finds_nothing(open_tab, system, size, theme):
    done = await shout(system)
    await system.client.result(done.id, 10)
    tab = await open_tab("/tasks", size=size, theme=theme)
    await expect(row(tab, done.id).get_by_text("Completed")).to_be_visible()
    assert await tab.axe() == []
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("listbox", name="Tasks over time")).to_be_visible()
    await expect(tab.page.get_by_role("tabpanel")).to_be_visible()
    assert await tab.axe() == []
