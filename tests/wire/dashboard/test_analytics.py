"""SQL and reports in the page: what anybody may have put into the tables stays text."""

import asyncio
import os
from pathlib import Path

import httpx
import pytest
from msgspec import Raw
from playwright.async_api import expect

from subjects.messages import Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = [
    '<img src=x onerror="window.ran = true">',
    "<script>window.ran = true</script>",
    "javascript:window.ran=true",
    '"><svg onload="window.ran=true">',
    "{{constructor.constructor('window.ran=true')()}}",
    "\u202egnp.exe",
]
SHOTS = os.environ.get("REVO_SHOTS")


async def shot(tab, name):
    if SHOTS:
        await tab.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


async def asks(tab, sql):
    editor = tab.page.get_by_role("textbox", name="SQL")
    await editor.click()
    await tab.page.keyboard.press("Control+a")
    await tab.page.keyboard.insert_text(sql)
    await tab.page.keyboard.press("Control+Enter")


def told(tab):
    return tab.page.get_by_role("region", name="Result").get_by_role("status")


async def test_what_stands_in_cells_and_columns_stays_text(open_tab):
    tab = await open_tab("/analytics")
    values = ", ".join(f"({number}, '" + text.replace("'", "''") + "')" for number, text in enumerate(EVIL))
    await asks(
        tab,
        f'SELECT text AS "{EVIL[0].replace(chr(34), chr(34) * 2)}", n FROM (VALUES {values}) AS v(n, text)',
    )
    await expect(told(tab)).to_contain_text("6 rows in")
    for text in EVIL:
        await expect(tab.page.get_by_role("gridcell", name=text, exact=True)).to_be_visible()
    await expect(tab.page.get_by_role("columnheader").first).to_have_text(EVIL[0])
    await tab.page.get_by_role("button", name="Bars").click()
    await expect(tab.page.get_by_role("img", name="n by <img")).to_be_visible()
    await tab.page.get_by_role("tab", name="History").click()
    await expect(tab.page.get_by_role("group", name="history")).to_contain_text("window.ran = true")
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_ten_thousand_rows_are_drawn_by_the_window_and_go_as_csv(open_tab):
    tab = await open_tab("/analytics")
    await asks(tab, "SELECT i, i * 2 AS twice, 'row ' || i AS word FROM range(12000) AS r(i)")
    await expect(told(tab)).to_contain_text("10,000 rows in")
    await expect(told(tab)).to_contain_text("cut at the limit of rows")
    assert await tab.page.get_by_role("row").count() < 80
    await tab.page.get_by_role("grid", name="Rows").press("End")
    await expect(tab.page.get_by_role("gridcell", name="row 9999", exact=True)).to_be_visible()
    async with tab.page.expect_download() as coming:
        await tab.page.get_by_role("button", name="CSV").click()
    text = await asyncio.to_thread(Path(await (await coming.value).path()).read_text)
    assert text.startswith("i,twice,word")
    assert tab.complaints == []


async def test_an_error_says_its_line_and_a_kept_statement_comes_back(open_tab):
    tab = await open_tab("/analytics")
    await asks(tab, "SELECT *\nFORM tasks")
    await expect(tab.page.get_by_role("alert")).to_contain_text("Line 2")
    await asks(tab, "SELECT 41 + 1 AS answer")
    await expect(tab.page.get_by_role("gridcell", name="42")).to_be_visible()
    await tab.page.get_by_role("tab", name="Saved").click()
    await tab.page.get_by_label("Name to save under").fill("kept")
    await tab.page.get_by_label("Name to save under").press("Enter")
    await expect(tab.page.get_by_role("button", name="Keep kept no longer")).to_be_visible()
    await tab.page.get_by_role("textbox", name="SQL").click()
    await tab.page.keyboard.press("Control+a")
    await tab.page.keyboard.type("SELECT * FROM atte")
    await expect(tab.page.get_by_role("option", name="attempts")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("button", name="kept SELECT").click()
    await tab.page.get_by_role("button", name="Run", exact=True).click()
    await expect(tab.page.get_by_role("gridcell", name="42")).to_be_visible()
    await tab.page.reload()
    await expect(tab.page.get_by_role("textbox", name="SQL")).to_contain_text("41 + 1")


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
async def test_axe_finds_nothing_in_analytics(open_tab, system, size, theme):
    given = await system.client.submit(Submission("text.shout", Raw(b'{"text": "hi"}')))
    await system.client.result(given.id, wait=15)
    tab = await open_tab("/analytics", size=size, theme=theme)
    await asks(tab, "SELECT name, doc FROM (VALUES ('a', NULL), ('b', 'x')) AS v(name, doc)")
    await expect(told(tab)).to_contain_text("2 rows in")
    await tab.page.get_by_role("tabpanel").locator("summary").first.click()
    assert await tab.axe() == []
    await shot(tab, f"sql_{size}_{theme}")
    for report in ("Success", "Failures", "Times", "Throughput", "Cost", "Trends", "Agents"):
        await tab.page.goto(f"/analytics?view=reports&window=1h&report={report.lower()}")
        await expect(tab.page.get_by_role("button", name=report, exact=True)).to_be_visible()
        await expect(tab.page.get_by_role("status", name="Loading")).to_have_count(0)
        assert await tab.axe() == [], report
        await shot(tab, f"report_{report}_{size}_{theme}")
    assert await tab.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert tab.complaints == []


async def test_a_report_shows_what_the_question_answers(open_tab, system):
    given = await system.client.submit(Submission("text.shout", Raw(b'{"text": "hi"}')))
    await system.client.result(given.id, wait=15)
    tab = await open_tab("/")
    await tab.page.get_by_role("heading", name="Overview", level=1).wait_for()
    await tab.page.keyboard.press("g")
    await tab.page.keyboard.press("y")
    await tab.page.get_by_role("tab", name="Reports").press("Enter")
    await expect(tab.page.get_by_role("row").filter(has_text="shout")).to_contain_text("100 %")
    async with httpx.AsyncClient(base_url=system.http) as http:
        rows = (await http.get("/api/analytics/queries/functions", params={"hours": 24})).json()["rows"]
    assert await tab.page.get_by_role("row").count() == len(rows) + 1
