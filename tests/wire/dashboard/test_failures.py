"""What failed is seen by its cause, and run again or forgotten after a look."""

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect

from functions import Context, NonRetryable, function
from infra.testing import stack

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

NASTY = (
    "<script>window.ran = true</script>",
    '"><img src=x onerror="window.ran = true">',
    "javascript:window.ran=true",
    "<svg/onload=window.ran=true>",
    "{{constructor.constructor('window.ran = true')()}}",
    "\u202egnp.exe",
)
"""What must stay text wherever it comes from."""


LONG = "E" * 50_000
"""One word of 50 kB: it must not push anything out of sight."""


class Words(msgspec.Struct, frozen=True):
    text: str


@function("text.stumble", max_attempts=1)
async def stumble(input: Words, ctx: Context) -> str:
    """Fails for the reason that it is told."""
    ctx.log.info(input.text)
    raise NonRetryable(input.text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    """A system in which things went wrong."""
    async with stack(stumble, gateway=True, analytics=True) as running:
        for number in range(3):
            reason = f"no file /data/report-{number}.csv"
            await running.client.run("text.stumble", {"text": reason})
        for text in (*NASTY, LONG):
            await running.client.run("text.stumble", {"text": text})
        yield running


async def settled(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")
    await expect(tab.page.get_by_text("no file <path>")).to_be_visible(timeout=10_000)


async def test_failures_of_one_cause_are_one_row(open_tab):
    tab = await open_tab("/failures")
    await settled(tab)
    row = tab.page.get_by_role("listitem").filter(has_text="no file <path>")
    await expect(row).to_contain_text("3")
    await expect(row).to_contain_text("text.stumble")
    await expect(tab.page.get_by_text(NASTY[0]).first).to_be_visible()
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone", "dark")])
async def test_axe_finds_nothing(open_tab, size, theme):
    tab = await open_tab("/failures", size=size, theme=theme)
    await settled(tab)
    assert await tab.axe() == []
    await tab.page.get_by_role("tab", name="Dead letters").click()
    await tab.page.locator("summary").first.click()
    await expect(tab.page.get_by_role("group", name="Input")).to_be_visible()
    assert await tab.axe() == []
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await tab.page.evaluate(wide) == 0


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_a_word_of_50_kb_pushes_nothing_out_of_sight(open_tab, system, size):
    accepted = await system.client.start("text.stumble", {"text": LONG})
    await system.client.result(accepted.id, wait=15)
    tab = await open_tab(f"/tasks/{accepted.id}?tab=error", size=size)
    await expect(tab.page.get_by_role("button", name="Copy the message")).to_be_in_viewport()
    await expect(tab.page).to_have_title(f"{accepted.id} · Tasks · reVoAgent")
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await tab.page.evaluate(wide) == 0


async def test_keys_alone_requeue_after_a_look_and_drop(open_tab, system):
    tab = await open_tab("/")
    await expect(tab.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    press = tab.page.keyboard.press
    await press("g")
    await press("f")
    await settled(tab)
    before = len(await system.client.dead_letters())
    await tab.page.get_by_role("tab", name="By cause").focus()
    await press("ArrowRight")
    everything = tab.page.get_by_role("button", name=f"Requeue {before} letters")
    await everything.focus()
    await press("Enter")
    look = tab.page.get_by_role("dialog", name="Requeue after a look")
    await expect(look).to_contain_text(f"{before} failed")
    assert len(await system.client.dead_letters()) == before
    await press("Escape")
    await expect(look).to_be_hidden()
    for file, word, sure in (
        ("report-0.csv", "Requeue…", "Requeue 1 task"),
        ("report-1.csv", "Drop…", "Drop 1 dead letter"),
    ):
        row = tab.page.get_by_role("listitem").filter(has_text=file)
        await row.locator("summary").first.focus()
        await press("Enter")
        await row.get_by_role("button", name=word).focus()
        await press("Enter")
        await tab.page.get_by_role("button", name=sure).focus()
        await press("Enter")
        await expect(tab.page.get_by_role("dialog")).to_be_hidden()
    await expect(tab.page.get_by_text("1 task queued again")).to_be_visible()
    await expect(tab.page.get_by_text("The dead letter is gone")).to_be_visible()
    assert len(await system.client.dead_letters()) in (before - 2, before - 1)
    assert tab.complaints == []


async def test_what_is_filtered_stands_in_the_address(open_tab):
    tab = await open_tab("/failures?tab=letters&error=nothing_like_it")
    await expect(tab.page.get_by_text("No dead letters match.")).to_be_visible()
    await tab.page.get_by_role("button", name="Clear filters").click()
    await expect(tab.page.locator("summary").first).to_be_visible()
    assert "error" not in tab.page.url
