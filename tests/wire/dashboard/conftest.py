"""The built page on the real system, in a real browser: one of each for a file of tests.

Without Node or Chromium nothing here is tested, and the summary of the run says so.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from functions import Context, function
from infra import dashboard
from infra.testing import stack

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "gateway" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


PATIENCE = 90
"""Seconds for one test here, with what its file starts: a page may be built for it."""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.timeout(PATIENCE))


class Words(msgspec.Struct, frozen=True):
    text: str = "hi"


class Told(msgspec.Struct, frozen=True):
    text: str


@function("text.shout", timeout=20)
async def shout(input: Words, ctx: Context) -> Told:
    """Says it loudly."""
    ctx.progress(0.5, "halfway")
    return Told(input.text.upper())


class Linger(msgspec.Struct, frozen=True):
    seconds: float


@function("text.linger", timeout=60)
async def linger(input: Linger, ctx: Context) -> Told:
    """Takes its time."""
    await asyncio.sleep(input.seconds)
    return Told("done")


@function("text.note", timeout=20)
async def note(input: Words, ctx: Context) -> Told:
    """Writes a line about its work."""
    ctx.log.info(input.text)
    return Told("written")


@pytest.fixture(scope="session")
def built():
    """The page, built where its sources changed; with the tools that tests take."""
    try:
        dashboard.packages(dashboard.find_node(), dev=True)
        dashboard.build()
    except dashboard.NoNode as error:
        pytest.skip(f"NOT TESTED: the dashboard is not built, {error}")
    return dashboard.target()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(built):
    """Server, worker, analytics and a gateway that serves the page."""
    async with stack(shout, linger, note, gateway=True, analytics=True) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    """Debian's Chromium without a window."""
    try:
        from playwright.async_api import async_playwright, expect
    except ImportError:
        pytest.skip("NOT TESTED: playwright is absent, pip install 'revoagent[browser]'")
    if shutil.which("chromium") is None:
        pytest.skip("NOT TESTED: chromium is absent, apt-get install chromium")
    # What a page shows comes from analytics, which asks DuckDB the more seldom the longer that takes.
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        chromium = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            yield chromium
        finally:
            await chromium.close()


class Tab:
    """A page that remembers what went wrong in it."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        page.on("console", lambda told: self._note(told.type, told.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind, text):
        if kind in ("error", "warning"):
            self.complaints.append(text)

    async def axe(self):
        """What axe finds, as `rule: element`."""
        await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
        return [
            f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]
        ]


SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest_asyncio.fixture(loop_scope="module")
async def open_tab(browser, system):
    """Opens a path in a browser of its own: `tab = await open_tab("/", size="phone", theme="light")`."""
    async with contextlib.AsyncExitStack() as opened:

        async def go(path="/", size="desktop", theme="dark"):
            context = await browser.new_context(
                viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce", base_url=system.http
            )
            opened.push_async_callback(context.close)
            tab = Tab(await context.new_page())
            await tab.page.goto(path)
            return tab

        yield go
