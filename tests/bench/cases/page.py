"""The pages in Chromium: how soon they have data over a long history, and what 200 frames a second cost."""

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from analytics.settings import AnalyticsSettings
from infra import dashboard
from subjects.client import Client
from tests.bench.cases.idle import up
from tests.bench.children import place
from tests.bench.figures import Goal, Row, Scale, Skipped, percentile, sample
from tests.bench.history import History, fill
from tests.bench.ours import submissions

RATE = 200
"""Tasks a second that end, each one frame to the page."""
FIRST_DATA, SHARE = 300.0, 50.0
DETAILS = ("/engines/perfect_recall", "/agents/security", "/analytics?view=reports")
WATCHED = ("/", "/tasks")

READY = """() => {
    const there = () => document.querySelector('main h1') && !document.querySelector('#boot')
        && !document.querySelector('main [role=status][aria-label^=Loading]');
    let since = null;
    const look = () => {
        if (!there()) since = null;
        else since ??= performance.now();
        window.ready = since;
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
    window.delays = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.delays.push(one.processingStart - one.startTime);
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
}"""
"""Remembers since when the page has had its heading and no skeleton, and how long input waited."""


async def run(scale: Scale) -> list[Row]:
    """To first data of each page; then main thread, frames and the longest wait of a key."""
    if shutil.which("chromium") is None:
        raise Skipped("chromium is absent")
    dashboard.build()
    routes = json.loads((dashboard.target() / ".vite" / "routes.json").read_bytes())
    tasks = scale.of(1_000_000, 20_000)
    with place() as state:
        (state / ".revo").mkdir()
        settings = AnalyticsSettings(file=state / ".revo" / "analytics.duckdb", batch=50_000)
        await fill(settings, History(tasks, 30, datetime.now(UTC)))
        async with up(state, "tests.bench.handlers") as (where, _), _chromium() as browser:
            rows = []
            plain = sorted(path for path in routes if "$" not in path)
            for path in WATCHED if scale.quick else [*plain, *DETAILS]:
                took = [await _first(browser, f"{where.http}{path}") for _ in range(scale.of(6, 2))][1:]
                goal = Goal("value", "at most", FIRST_DATA)
                what = f"{path} over {tasks:,} tasks: first data, p50"
                rows.append(Row("page", what, "ms", sample([percentile(took, 50)]), goal=goal))
            for path in WATCHED:
                rows += await _watched(browser, where.http or "", where.nats, path, scale.of(20, 3))
    return rows


@contextlib.asynccontextmanager
async def _chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


async def _opened(browser: Any, url: str) -> Any:
    page = await browser.new_page(viewport={"width": 1350, "height": 940})
    await page.add_init_script(f"({READY})()")
    await page.goto(url)
    return page


async def _first(browser: Any, url: str) -> float:
    page = await _opened(browser, url)
    # Ready for so long that nothing more is coming.
    await page.wait_for_function("() => window.ready !== null && performance.now() - window.ready > 700")
    took = float(await page.evaluate("() => window.ready"))
    await page.close()
    return took


async def _watched(browser: Any, http: str, nats: str, path: str, seconds: int) -> list[Row]:
    page = await _opened(browser, f"{http}{path}")
    wire = await page.context.new_cdp_session(page)
    heard = 0

    def frame(told: dict[str, Any]) -> None:
        nonlocal heard
        text = told["response"]["payloadData"]
        heard += '"channel":"task_completion"' in text and '"payload":{"id"' in text

    wire.on("Network.webSocketFrameReceived", frame)
    await wire.send("Network.enable")
    await wire.send("Performance.enable")
    await page.reload()
    await page.wait_for_timeout(2_000)
    busy, began = await _busy(wire), time.monotonic()
    async with Client.connect(nats) as client, asyncio.TaskGroup() as group:
        sending = group.create_task(_send(client, seconds))
        while not sending.done():
            await page.keyboard.press("Shift")
            await asyncio.sleep(0.1)
    share = (await _busy(wire) - busy) / (time.monotonic() - began) * 100
    await page.wait_for_timeout(1_500)
    sent = seconds * RATE
    delay = max(await page.evaluate("() => window.delays"), default=0.0)
    await page.close()
    label = f"{path} at {RATE} tasks/s"
    return [
        Row("page", f"{label}: main thread", "%", sample([share]), goal=Goal("value", "at most", SHARE)),
        Row("page", f"{label}: longest wait of a key", "ms", sample([delay])),
        Row("page", f"{label}: results that came as a frame", "", sample([heard]), "sent", sample([sent])),
    ]


async def _busy(wire: Any) -> float:
    told = await wire.send("Performance.getMetrics")
    return float(next(one["value"] for one in told["metrics"] if one["name"] == "TaskDuration"))


async def _send(client: Client, seconds: int) -> None:
    loop = asyncio.get_running_loop()
    began, each = loop.time(), RATE // 10
    for turn in range(seconds * 10):
        await asyncio.sleep(max(0.0, began + turn / 10 - loop.time()))
        await client.submit_many(submissions(each))
