"""Alerts in the page: they come by themselves, somebody takes them, rules are tried and written by keys."""

import os
import re
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from subjects import codec, names
from subjects.messages import Network, SystemMetrics

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = '<img src=x onerror="window.ran = true">'
HOT = {
    "name": "hot",
    "expression": "cpu",
    "limit": 80.0,
    "summary": "{host} is hot: {value} %, limit {limit} %",
    "description": EVIL,
    "labels": {"team": EVIL},
}
SHOTS = os.environ.get("REVO_SHOTS")


async def shot(tab, name):
    if SHOTS:
        await tab.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def load(system):
    """Posts a measurement as a reporter does."""

    async def post(host, cpu):
        told = SystemMetrics(host, cpu, 10.0, 10.0, Network(0, 0), codec.now())
        await system.bus.post(names.metric(host, "system"), codec.encode(told))

    return post


@pytest_asyncio.fixture(loop_scope="module")
async def rule(system):
    async with httpx.AsyncClient(base_url=system.http) as http:
        assert (await http.put("/api/monitoring/rules/hot", json=HOT)).status_code == 200


async def test_an_alert_comes_is_taken_silenced_and_ends(open_tab, load, rule):
    tab = await open_tab("/alerts?view=rules")
    page = tab.page
    await expect(page.get_by_role("list", name="Rules").get_by_role("button", name="hot")).to_be_visible()
    await page.get_by_role("tab", name="Firing").click()
    await load("node-1", 85.0)
    item = page.get_by_role("listitem").filter(has_text="node-1 is hot: 85 %, limit 80 %")
    await expect(item).to_contain_text(EVIL)
    await expect(page.get_by_role("link", name="Alerts: ")).to_have_accessible_name(
        re.compile(r"Alerts: \d+ rings?")
    )
    await shot(tab, "alerts")
    await item.get_by_role("button", name="node-1").click()
    dialog = page.get_by_role("dialog", name="Alert")
    await dialog.get_by_label("Your name").fill("ada")
    await dialog.get_by_role("button", name="Acknowledge").click()
    await expect(dialog.get_by_role("region", name="History")).to_contain_text("by ada")
    await expect(dialog).to_contain_text(EVIL)
    assert await tab.axe() == []
    await shot(tab, "alert")
    await dialog.get_by_role("button", name="Silence…").click()
    form = page.get_by_role("dialog", name="Silence alerts")
    await expect(form.get_by_label("Alerts that fit")).to_have_value(f"rule=hot, host=node-1, team={EVIL}")
    await form.get_by_role("button", name="Silence", exact=True).click()
    await page.get_by_role("tab", name=re.compile("Silences ?1")).click()
    await expect(page.get_by_role("list", name="Silences")).to_contain_text("ada · until")
    await page.get_by_role("tab", name=re.compile("Acknowledged ?1")).click()
    await load("node-1", 10.0)
    await expect(page.get_by_text("Nobody looks after an alert.")).to_be_visible()
    await page.get_by_role("tab", name="Resolved").click()
    await expect(page.get_by_role("list", name="Alerts, resolved")).to_contain_text("node-1")
    assert await page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_a_rule_is_tried_and_written_by_keys_alone(open_tab, system, load):
    await load("node-2", 55.0)
    tab = await open_tab("/")
    page = tab.page
    await page.get_by_role("heading", name="Overview", level=1).wait_for()
    await page.keyboard.press("g")
    await page.keyboard.press("l")
    await page.get_by_role("button", name="New rule").press("Enter")
    form = page.get_by_role("dialog", name="New rule")
    await form.get_by_label("Name", exact=True).press_sequentially("warm")
    await form.get_by_label("Limit").fill("")
    await form.get_by_role("button", name="Save").press("Enter")
    await expect(form.get_by_label("Limit")).to_have_accessible_description("A number, please.")
    await form.get_by_label("Limit").press_sequentially("50")
    await form.get_by_role("button", name="Try it").press("Enter")
    await expect(form.get_by_role("status")).to_contain_text("It would ring now for")
    await expect(form.get_by_role("status")).to_contain_text("in the last 24 h")
    await shot(tab, "rule")
    await form.get_by_role("button", name="Save").press("Enter")
    await expect(form).to_be_hidden()
    async with httpx.AsyncClient(base_url=system.http) as http:
        kept = (await http.get("/api/monitoring/figures")).json()
        assert {"cpu", "error_rate"} <= {own["name"] for own in kept}
    await page.get_by_role("tab", name="Rules").click()
    await page.get_by_role("list", name="Rules").get_by_role("button", name="warm").press("Enter")
    await expect(page.get_by_role("dialog", name="Rule warm").get_by_label("Limit")).to_have_value("50")
    await page.get_by_role("dialog", name="Rule warm").get_by_role("button", name="Remove").press("Enter")
    await expect(page.get_by_role("list", name="Rules").get_by_role("button", name="warm")).to_be_hidden()
    assert tab.complaints == []


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone", "dark")])
async def test_axe_finds_nothing_in_alerts(open_tab, rule, load, size, theme):
    await load("node-3", 91.0)
    tab = await open_tab("/alerts", size=size, theme=theme)
    await expect(tab.page.get_by_role("listitem").filter(has_text="node-3 is hot: 91 %")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, f"alerts_{size}_{theme}")
    await tab.page.goto("/alerts?view=rules&rule=hot")
    await expect(tab.page.get_by_role("dialog", name="Rule hot")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, f"rule_{size}_{theme}")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("list", name="Rules")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, f"rules_{size}_{theme}")
    wide = await tab.page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? []
            : [...document.querySelectorAll('body *')]
                .filter((each) => each.getBoundingClientRect().right > innerWidth)
                .map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    assert tab.complaints == []
