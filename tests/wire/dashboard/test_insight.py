"""Predictions and who is told of alerts, in the page: asked, written and undone by keys."""

import asyncio
import gzip
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from subjects import codec, names
from subjects.errors import ErrorInfo
from subjects.messages import Result

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = '<img src=x onerror="window.ran = true">'
ROUTE = 260_000
"""Bytes of scripts and styles, packed by gzip, that a route may take with all that its first view loads."""
LATER = {"/analytics": ["src/pages/analytics/Editor.tsx"], "/": ["src/kit/Plot.tsx"]}
"""What a first view loads by itself besides the page."""
SHOTS = os.environ.get("REVO_SHOTS")


async def shot(tab, name):
    if SHOTS:
        await tab.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def past(number, function="shout"):
    """A task of the last hours: those of `bad` fail two times of three, those of `good` never."""
    bad = number % 2
    started = codec.now() - timedelta(hours=8) + timedelta(minutes=number)
    failed = bool(bad and number % 3)
    return Result(
        id=f"past-{function}-{number}", queue="text", function=function,
        state="failed" if failed else "completed", input=Raw(b'{"text":"hi"}'),
        output=None if failed else Raw(b'"HI"'), error=ErrorInfo("timeout", EVIL, True) if failed else None,
        attempts=1, worker="w-1", agent="bad" if bad else "good",
        submitted_at=started - timedelta(milliseconds=50), started_at=started,
        finished_at=started + timedelta(seconds=4 if bad else 1),
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def history(system):
    """400 tasks of `text.shout` and 7 of `text.note`, once analytics tells of them."""
    told = [*(past(number) for number in range(400)), *(past(number, "note") for number in range(7))]
    await asyncio.gather(
        *(system.bus.store(names.result(one.queue, one.function, one.id), codec.encode(one)) for one in told)
    )
    async with httpx.AsyncClient(base_url=system.http) as http:
        async with asyncio.timeout(20):
            while True:
                asked = {"sql": "SELECT count(*) FROM tasks WHERE id LIKE 'past-%'"}
                if (await http.post("/api/analytics/sql", json=asked)).json()["rows"] == [[len(told)]]:
                    break
                await asyncio.sleep(0.05)


async def test_a_prediction_tells_its_reasons_and_whether_to_believe_it(open_tab, history):
    tab = await open_tab("/analytics?view=prediction")
    page = tab.page
    await page.get_by_role("button", name="Predict", exact=True).press("Enter")
    function = page.get_by_label("Function", exact=True)
    await expect(function).to_have_accessible_description("Of which function?")
    await function.press_sequentially("text.shout")
    await page.get_by_label("Agent").press_sequentially("bad")
    # What the page was told, not what is told a moment later: lanes and ages move on.
    async with page.expect_response("**/api/analytics/predict") as coming:
        await page.keyboard.press("Enter")
    told = await (await coming.value).json()
    # How wide the interval is hangs on the hour: at some there is little history.
    chance = told["success"]
    assert chance["low"] < 1 / 3 < chance["high"]
    assert chance["probability"] < 0.5
    answer = page.get_by_role("region", name="Prediction")
    await expect(answer.get_by_role("status")).to_contain_text(told["says"])
    await expect(answer.get_by_role("definition").first).to_contain_text(
        f"{round(100 * told['success']['probability'], 1):g} %"
    )
    await expect(answer.get_by_role("region", name="Factors")).to_contain_text("others failed 0")
    await expect(answer.get_by_role("region", name="Suggestions")).to_contain_text("give text.shout to good")
    await expect(answer).to_contain_text("Cost")
    async with (
        page.expect_response("**/api/analytics/predict") as coming,
        page.expect_response("**/api/analytics/calibration") as judged,
    ):
        await page.reload()
    told, scores = await (await coming.value).json(), await (await judged.value).json()
    await expect(page.get_by_label("Agent")).to_have_value("bad")
    await expect(answer.get_by_role("status")).to_contain_text(told["says"])
    trust = page.get_by_role("region", name="Whether it may be believed")
    brier = scores["scores"][0]["skill"]["brier"]
    await expect(trust).to_contain_text(f"Brier {brier:.4f} against")
    await expect(trust.get_by_role("img", name="Reliability diagram")).to_be_visible()
    for part in scores["reliability"]:
        row = trust.get_by_role("grid", name="Reliability").get_by_role("row").filter(has_text=part["part"])
        await expect(row).to_contain_text(f"{part['count']}")
    assert await tab.axe() == []
    await shot(tab, "prediction")
    await page.get_by_role("button", name="Steps").press("Enter")
    steps = [[{"function": "text.note"}, {"function": "text.shout"}], {"function": EVIL}]
    await page.get_by_label("Steps, as JSON").fill(json.dumps(steps))
    await page.get_by_role("button", name="Predict", exact=True).press("Enter")
    await expect(answer.get_by_role("status")).to_contain_text(re.compile("No history|Not enough history"))
    await expect(answer.get_by_role("grid", name="Steps")).to_contain_text(EVIL)
    assert await page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_a_target_is_written_tried_changed_and_deleted_by_keys(open_tab, system):
    tab = await open_tab("/alerts?view=notifications")
    page = tab.page
    await expect(page.get_by_text("Nobody is told of alerts.")).to_be_visible()
    await page.get_by_role("button", name="New target").press("Enter")
    form = page.get_by_role("dialog", name="New target")
    await form.get_by_label("Name", exact=True).press_sequentially("bus")
    await form.get_by_label("By").select_option("nats")
    await form.get_by_label("Subject").fill("task.a")
    await form.get_by_label("critical").press("Space")
    await form.get_by_label("Labels").fill(f"team={EVIL}")
    await form.get_by_role("button", name="Save").press("Enter")
    await expect(form.get_by_role("alert")).to_contain_text("the system's own")
    await form.get_by_label("Subject").fill("team.alerts")
    assert await tab.axe() == []
    await shot(tab, "target")
    await form.get_by_role("button", name="Save").press("Enter")
    item = page.get_by_role("list", name="Targets").get_by_role("listitem")
    await expect(item).to_contain_text("NATS subject team.alerts")
    await expect(item).to_contain_text(f"critical · firing, resolved · labels team={EVIL}")
    await item.get_by_role("button", name="Send a test").press("Enter")
    sent = await item.get_by_role("link").get_attribute("href")
    async with httpx.AsyncClient(base_url=system.http) as http:
        assert (await http.get(f"/api{sent}")).json()["function"] == "notify.nats"
        await shot(tab, "targets")
        await item.get_by_role("button", name="bus", exact=True).press("Enter")
        form = page.get_by_role("dialog", name="Target bus")
        await expect(form.get_by_label("Subject")).to_have_value("team.alerts")
        [kept] = (await http.get("/api/monitoring/notifications")).json()
        other = kept | {"attempts": 3}
        assert (await http.put("/api/monitoring/notifications/bus", json=other)).status_code == 200
        await form.get_by_label("Seconds for one attempt").fill("20")
        await form.get_by_role("button", name="Save").press("Enter")
        await expect(form.get_by_role("alert")).to_contain_text("Somebody else has changed it")
        await form.get_by_role("button", name="Begin anew").press("Enter")
        await expect(form.get_by_label("Attempts")).to_have_value("3")
        another = other | {"name": "quiet", "enabled": False}
        assert (await http.put("/api/monitoring/notifications/quiet", json=another)).status_code == 200
        await form.get_by_label("Seconds for one attempt").fill("20")
        await form.get_by_role("button", name="Save").press("Enter")
        await expect(form).to_be_hidden()
        assert (await http.delete("/api/monitoring/notifications/quiet")).status_code == 204
        kept = (await http.get("/api/monitoring/notifications/bus")).json()
        assert (kept["timeout"], kept["attempts"]) == (20, 3)
    own = item.filter(has=page.get_by_role("button", name="bus", exact=True))
    await own.get_by_role("button", name="Delete…").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Delete bus").press("Enter")
    await expect(page.get_by_text("Nobody is told of alerts.")).to_be_visible()
    assert await page.evaluate("() => window.ran") is None
    # The browser notes the refusals itself.
    assert all("status of 4" in told for told in tab.complaints)


async def test_axe_finds_nothing_on_a_phone(open_tab, system, history):
    tab = await open_tab(
        "/analytics?view=prediction&function=text.shout&agent=bad", size="phone", theme="light"
    )
    await expect(tab.page.get_by_role("region", name="Factors")).to_be_visible()
    await expect(tab.page.get_by_role("img", name="Reliability diagram")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, "prediction_phone")
    narrow = "() => document.documentElement.scrollWidth <= innerWidth"
    assert await tab.page.evaluate(narrow)
    async with httpx.AsyncClient(base_url=system.http) as http:
        hook = {"name": "pager", "via": {"type": "webhook", "url": "https://hooks.example.org/revo"}}
        assert (await http.put("/api/monitoring/notifications/pager", json=hook)).status_code == 200
    await tab.page.goto("/alerts?view=notifications")
    await expect(tab.page.get_by_role("listitem").filter(has_text="pager")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, "targets_phone")
    await tab.page.goto("/alerts?view=notifications&target=pager")
    await expect(tab.page.get_by_role("dialog", name="Target pager")).to_be_visible()
    assert await tab.axe() == []
    await shot(tab, "target_phone")
    assert await tab.page.evaluate(narrow)
    assert tab.complaints == []


async def test_no_route_is_heavy(built):
    manifest = json.loads((built / ".vite" / "manifest.json").read_bytes())
    routes = json.loads((built / ".vite" / "routes.json").read_bytes())
    sizes = {}
    for path, page in routes.items():
        files, waiting, seen = set(), ["index.html", page, *LATER.get(path, [])], set()
        while waiting:
            entry = manifest[waiting.pop()]
            files |= {entry["file"], *entry.get("css", [])}
            waiting += [own for own in entry.get("imports", []) if own not in seen]
            seen |= set(entry.get("imports", []))
        sizes[path] = sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in files)
    assert {path: size for path, size in sizes.items() if size > ROUTE} == {}
    assert sizes["/analytics"] > sizes["/alerts"] + 50_000, "the editor is counted"
