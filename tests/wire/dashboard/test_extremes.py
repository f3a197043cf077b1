"""What is too large, too deep or too many: it is cut, folded or drawn by the window, and the page goes on."""

import asyncio
import json
from datetime import timedelta

import httpx
import msgspec
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from functions import Context, function
from infra.testing import stack
from subjects import codec, names
from subjects.messages import Result, Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

SPANS = 20_000
DEEP = 10_000
DRAWN = "() => document.querySelectorAll('main *').length"
MOST_DRAWN = 3_000
"""Elements of a page that draws only what is seen."""


class Nothing(msgspec.Struct, frozen=True):
    pass


class Tree(msgspec.Struct, frozen=True):
    name: str
    children: list["Tree"] = []


class Much(msgspec.Struct, frozen=True):
    items: list[str]


Wide = msgspec.defstruct("Wide", [(f"field_{number}", str, "") for number in range(2_000)], frozen=True)


@function("extreme.much", timeout=20)
async def much(input: Nothing, ctx: Context) -> Much:
    """5 MB."""
    return Much([f"{number:05} {'x' * 494}" for number in range(10_000)])


@function("extreme.line", timeout=20)
async def line(input: Nothing, ctx: Context) -> None:
    """Tells one line of a megabyte."""
    text = f"begin {'y' * 1_000_000}"
    ctx.log.info(text)


@function("extreme.tree", timeout=20)
async def tree(input: Tree) -> None:
    """A schema that names itself."""


@function("extreme.wide", timeout=20)
async def wide(input: Wide) -> None:
    """2,000 fields."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    async with stack(much, line, tree, wide, gateway=True, analytics=True) as running:
        yield running


def past(id, parent=None, output=b"null", number=0):
    began = codec.now() - timedelta(hours=1) + timedelta(milliseconds=number)
    return Result(
        id=id, queue="extreme", function="much", state="completed", input=Raw(b"{}"), output=Raw(output),
        error=None, attempts=1, worker="w-1", parent=parent, submitted_at=began, started_at=began,
        finished_at=began + timedelta(seconds=1),
    )  # fmt: skip


async def store(system, results):
    for start in range(0, len(results), 1_000):
        await asyncio.gather(
            *(
                system.bus.store(names.result(one.queue, one.function, one.id), codec.encode(one))
                for one in results[start : start + 1_000]
            )
        )


async def test_five_megabytes_are_told_of_shown_on_demand_and_downloaded(open_tab, system):
    given = await system.client.submit(Submission("extreme.much", Raw(b"{}")))
    await system.client.result(given.id, 15)
    tab = await open_tab(f"/tasks/{given.id}?tab=output")
    panel = tab.page.get_by_role("tabpanel")
    await expect(panel).to_contain_text("It is large, 4.8 MiB")
    async with tab.page.expect_download() as coming:
        await panel.get_by_role("link", name="Download").click()
    whole = json.loads(await asyncio.to_thread((await (await coming.value).path()).read_bytes))
    assert len(whole["items"]) == 10_000
    await panel.get_by_role("button", name="Show it here").click()
    shown = panel.get_by_role("group", name="Output")
    await shown.get_by_text("{1 member}").click()
    await shown.get_by_text("[10,000 items]").click()
    await expect(shown).to_contain_text("00099 xxx")
    assert await tab.page.evaluate(DRAWN) < MOST_DRAWN
    assert tab.complaints == []


async def test_what_is_too_deep_is_said_to_be_and_what_is_deep_is_folded(open_tab, system):
    results = [past(f"deep-{levels}", output=b"[" * levels + b"]" * levels) for levels in (100, DEEP)]
    await store(system, results)
    tab = await open_tab(f"/tasks/deep-{DEEP}")
    await expect(tab.page.get_by_role("alert")).to_contain_text("nested more than 128 levels deep")
    # The browser notes the refusals itself.
    assert all("status of 400" in told for told in tab.complaints)
    tab = await open_tab("/tasks/deep-100?tab=output")
    await expect(tab.page.get_by_role("group", name="Output")).to_contain_text("[1 item]")
    assert tab.complaints == []


async def test_one_line_of_a_megabyte_is_told_in_a_bounded_way(open_tab, system):
    given = await system.client.submit(Submission("extreme.line", Raw(b"{}")))
    result = await system.client.result(given.id, 15)
    assert result.state == "completed"
    tab = await open_tab(f"/tasks/{given.id}?tab=logs")
    log = tab.page.get_by_role("log", name="Log")
    await expect(log).to_contain_text("begin yyyy")
    assert len(await log.inner_text()) < 100_000
    assert tab.complaints == []


async def test_twenty_thousand_tasks_are_drawn_by_the_window(open_tab, system):
    children = [past(f"child-{number:05}", "top", number=number) for number in range(SPANS - 1)]
    await store(system, [past("top"), *children])
    async with httpx.AsyncClient(base_url=system.http) as http, asyncio.timeout(30):
        counted = {"sql": "SELECT count(*) FROM tasks WHERE parent = 'top'"}
        while True:
            if (await http.post("/api/analytics/sql", json=counted)).json().get("rows") == [[SPANS - 1]]:
                break
            await asyncio.sleep(0.1)
    tab = await open_tab("/tasks/top")
    line_up = tab.page.get_by_role("listbox", name="Tasks over time")
    last = line_up.get_by_role("option").last
    await expect(last).to_have_attribute("aria-setsize", f"{SPANS}")
    await line_up.press("End")
    await expect(last).to_have_attribute("aria-posinset", f"{SPANS}")
    await expect(last).to_have_attribute("aria-selected", "true")
    assert await line_up.get_by_role("option").count() < 60
    assert tab.complaints == []


async def test_a_schema_that_names_itself_and_one_of_two_thousand_fields_are_forms(open_tab, system):
    tab = await open_tab("/tasks/new?function=extreme.tree")
    await tab.page.get_by_label("name (required)").fill("root")
    await tab.page.get_by_label("children").fill('[{"name": "leaf", "children": []}]')
    await tab.page.get_by_role("button", name="Submit").click()
    await expect(tab.page.get_by_role("region", name="Outcome").get_by_text("Completed")).to_be_visible()
    await tab.page.goto("/tasks/new?function=extreme.wide")
    await tab.page.get_by_label("field_1999", exact=True).fill("last")
    await tab.page.get_by_role("button", name="Submit").click()
    await expect(tab.page.get_by_role("region", name="Outcome").get_by_text("Completed")).to_be_visible()
    assert tab.complaints == []
