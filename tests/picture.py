"""Takes the picture of the README: the real page, over a stack that has just done real work.

    python -m tests.picture [FILE]          docs/pictures/overview.png where no file is named

Takes Chromium and Node, as the tests of the dashboard do, and about a minute.
"""

import asyncio
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from infra import dashboard, reporter
from infra.reporter import ReporterSettings
from infra.testing import Stack, stack
from subjects.settings import NatsSettings

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "samples"
LOOKED = 45.0
"""Seconds of work before the picture, so that the charts have something to show."""


async def work(running: Stack, number: int) -> None:
    """One turn of what a day brings: reviews, memories, ideas, and a task that fails."""
    project = str(SAMPLES / ("planted" if number % 2 else "clean"))
    orders: list[tuple[str, dict[str, object]]] = [
        ("security.scan", {"path": project}),
        ("architecture_advisor.analyse", {"path": project}),
        ("documentation.coverage", {"path": project}),
        ("perfect_recall.memory_store", {"text": f"release {number} went out on a Tuesday"}),
        ("perfect_recall.memory_query", {"query": "when do releases go out"}),
        ("creative.brainstorming", {"problem": "tests that take an hour should take five minutes"}),
        ("coordinator.orchestrate", {"type": "memory_query", "input": {"query": "release"}}),
        ("debug.explain", {"path": project, "text": "no traceback in here"}),
    ]
    await asyncio.gather(
        *(running.client.run(name, input, wait=60) for name, input in orders), return_exceptions=True
    )


async def take(file: Path) -> None:
    """Start everything, let it work, take the picture."""
    from playwright.async_api import async_playwright

    dashboard.build()
    async with contextlib.AsyncExitStack() as opened:
        running = await opened.enter_async_context(stack(gateway=True, analytics=True))
        for _ in range(2):
            await running.worker_process("functions.builtin", roots=(SAMPLES,))
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        at = ReporterSettings(NatsSettings(url=running.server.url), folder, "node-1", 1.0)
        await opened.enter_async_context(reporter.running(at))
        playwright = await opened.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await chromium.new_page(
            viewport={"width": 1360, "height": 900}, color_scheme="dark", base_url=running.http
        )
        await page.goto("/")
        number, end = 0, asyncio.get_running_loop().time() + LOOKED
        while asyncio.get_running_loop().time() < end:
            await work(running, number)
            number += 1
        await page.screenshot(path=file)
        await chromium.close()


if __name__ == "__main__":
    wanted = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "overview.png"
    wanted.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(wanted))
    print(f"{wanted}: {wanted.stat().st_size:,} bytes")
