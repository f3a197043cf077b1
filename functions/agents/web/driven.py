"""A browser in the sandbox, from actions to steps."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from functions.agents import reading
from functions.agents.web import visit
from functions.agents.web.actions import Action, ExtractHere, Goto, Screenshot
from functions.agents.web.pages import Page, Step, Visiting, selectors
from functions.context import Context
from functions.findings import ToolRun, ToolStatus
from functions.ports import Artifact, Bounds, Command, Decision, Limits, Outcome
from subjects.errors import Unreachable

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NEEDS = 1 << 46
"""Address space that Chromium and its JavaScript engine reserve; they use little of it."""
MOST_DATA = 2 << 30
"""Bytes that each process of the browser may really use."""
STARTS = 15.0
"""Seconds that a browser may take to start, above the time for the actions."""
_LIMITS = Limits(memory=NEEDS, processes=512, file_size=256 << 20)
_SYSTEM = ("/etc/fonts", "/etc/chromium.d", "/etc/chromium")
ERRANDS = (
    "update.googleapis.com", "clients2.google.com", "edgedl.me.gvt1.com", "redirector.gvt1.com",
    "optimizationguide-pa.googleapis.com", "safebrowsing.googleapis.com", "accounts.google.com",
)  # fmt: skip
"""Where Chromium goes of itself. Nobody asked it to."""
INSTALL = "apt install chromium"


class Events(Struct, frozen=True):
    """Something that a page tried: dialog, popup, download, error."""

    kind: str
    text: str


class Done(Struct, frozen=True):
    """One action, as the program tells it."""

    do: str
    url: str = ""
    ms: float = 0.0
    status: int = 0
    error: str = ""
    html: str | None = None
    png: bytes | None = None


class Reply(Struct, frozen=True):
    """What the driving program says."""

    version: str
    launch_ms: float
    steps: list[Done]
    events: list[Events]
    error: str


class Driven(Struct, frozen=True):
    """What became of the actions. Fewer steps than were asked for: `error` or the last one says why."""

    steps: list[Step]
    artifacts: list[Artifact]
    decisions: list[Decision]
    tools: list[ToolRun]
    events: list[Events] = []
    error: str = ""


class Window(Struct, frozen=True):
    """How large the browser is."""

    width: int
    height: int


def browser() -> str | None:
    """The Chromium of this machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def absent() -> list[ToolRun]:
    """What is not there of playwright and Chromium, with the command that changes it."""
    found: list[ToolRun] = []
    if reading.installed("playwright") is None:
        install = 'not installed: pip install "revoagent[browser]"'
        found.append(ToolRun("playwright", "", "missing", install))
    if browser() is None:
        found.append(ToolRun("chromium", "", "missing", f"not on PATH: {INSTALL}"))
    return found


async def drive(ctx: Context, input: Visiting, window: Window, actions: Sequence[Action]) -> Driven:
    """The actions in a fresh browser, one after the other, up to the first that fails."""
    executable = browser()
    assert executable is not None
    question = {
        "executable": executable,
        "actions": [_told(action) for action in actions],
        "width": window.width,
        "height": window.height,
        "timeout": input.timeout,
        "starts": STARTS,
    }
    async with visit.gate(ctx, Bounds(input.allow, closed=ERRANDS)) as (opened, work):
        argv = ["prlimit", f"--data={MOST_DATA}", "--", sys.executable, "-I", str(visit.HERE / "drive.py")]
        command = Command(
            visit.behind(opened, argv),
            await asyncio.to_thread(_reads, executable),
            work,
            msgspec.json.encode(question),
            foreign=True,
            limits=replace(_LIMITS, seconds=input.timeout + STARTS + visit.GRACE),
        )
        outcome = await ctx.sandbox.run(command)
        decisions = opened.decisions
    return await _understood(ctx, outcome, actions, decisions)


async def _understood(
    ctx: Context, outcome: Outcome, actions: Sequence[Action], decisions: list[Decision]
) -> Driven:
    try:
        reply = msgspec.json.decode(outcome.stdout, type=Reply)
    except msgspec.DecodeError:
        raise Unreachable(f"the browser did not answer: {visit.ended(outcome)}", kind="browser") from None
    status: ToolStatus = "ran" if reply.version else "failed"
    tools = [
        ToolRun(
            "playwright", reading.installed("playwright") or "", "ran", "", round(outcome.seconds * 1000, 1)
        ),
        ToolRun("chromium", reply.version, status, "" if reply.version else reply.error, reply.launch_ms),
    ]
    steps: list[Step] = []
    artifacts: list[Artifact] = []
    pages = iter(await _pages(ctx, reply.steps, actions))
    for action, done in zip(actions, reply.steps, strict=False):
        step = Step(done.do, done.ms, _why(action, done, decisions), done.url, done.status)
        if done.html is not None:
            step = replace(step, page=replace(next(pages), url=done.url))
        if done.png is not None and isinstance(action, Screenshot):
            kept = await ctx.artifacts.put(f"{len(steps)}-{action.name}.png", done.png, "image/png")
            artifacts.append(kept)
            step = replace(step, screenshot=kept.ref)
        steps.append(step)
    return Driven(steps, artifacts, decisions, tools, reply.events, reply.error)


async def _pages(ctx: Context, steps: Sequence[Done], actions: Sequence[Action]) -> list[Page]:
    questions: list[dict[str, object]] = [
        {
            "html": done.html, "plain": False, "most_text": visit.MOST_TEXT, "base": done.url,
            "want": ["text", "links"], "fields": selectors(action.fields),
        }
        for action, done in zip(actions, steps, strict=False)
        if done.html is not None and isinstance(action, ExtractHere)
    ]  # fmt: skip
    return (await visit.parsed(ctx, questions))[0] if questions else []


def _why(action: Action, done: Done, decisions: Sequence[Decision]) -> str:
    """Why a step failed: the gate's word on where it led counts more than the browser's."""
    if not isinstance(action, Goto) and not done.error:
        return ""
    last = visit.last_word(done.url, decisions)
    if last is not None and last.verdict != "made":
        return f"{done.url[:200]}: {last.reason}"
    return done.error


def _told(action: Action) -> dict[str, object]:
    if isinstance(action, Goto):
        visit.checked(action.url)
    told: dict[str, object] = msgspec.to_builtins(action)
    return told


def _reads(executable: str) -> tuple[Path, ...]:
    real = Path(executable).resolve()
    other = () if real.is_relative_to("/usr") else (real.parent,)
    playwright = [visit.HERE, *(Path(own) for own in _SYSTEM if Path(own).is_dir())]
    return (*playwright, *other)
