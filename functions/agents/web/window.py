"""The half of the browser agent that needs a real browser: screenshots, and pages that are driven."""

from typing import Annotated

from msgspec import Meta

from functions.agents.web import driven, visit
from functions.agents.web.actions import Action, Goto, Screenshot, WaitFor
from functions.agents.web.driven import Driven, Window
from functions.agents.web.pages import Url, Visit, Visiting
from functions.api import function
from functions.context import Context
from functions.findings import status_of
from subjects.errors import Unreachable

MOST_ACTIONS = 100

Pixels = Annotated[int, Meta(ge=64, le=4096)]


class Shot(Visiting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page to photograph."""

    url: Url
    width: Pixels = 1280
    height: Pixels = 800
    full_page: bool = False
    wait_for: Annotated[str, Meta(max_length=500, description="A selector to wait for first.")] = ""


class Run(Visiting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do in a fresh browser, one after the other."""

    url: Annotated[Url | None, Meta(description="Where to begin: a `goto` before the other actions.")] = None
    actions: Annotated[list[Action], Meta(max_length=MOST_ACTIONS)] = []  # noqa: RUF012 - msgspec copies it
    width: Pixels = 1280
    height: Pixels = 800


@function("browser.screenshot", timeout=180, max_attempts=2, memory=driven.NEEDS)
async def screenshot(input: Shot, ctx: Context) -> Visit:
    """A PNG of a page as a browser shows it. EgressDenied or Unreachable where the page itself is not had."""
    absent = driven.absent()
    if absent:
        return _visit(ctx, Driven([], [], [], absent))
    actions: list[Action] = [Goto(input.url)]
    if input.wait_for:
        actions.append(WaitFor(input.wait_for))
    actions.append(Screenshot(full_page=input.full_page))
    done = await driven.drive(ctx, input, Window(input.width, input.height), actions)
    if done.steps and done.steps[0].error:
        first = done.steps[0]
        visit.raise_refused(visit.last_word(first.url, done.decisions), "")
        raise Unreachable(first.error, kind="browser")
    return _visit(ctx, done)


@function("browser.run", timeout=180, max_attempts=1, memory=driven.NEEDS)
async def run(input: Run, ctx: Context) -> Visit:
    """Drive a page: go, click, fill, press, wait, extract, photograph; up to the first step that fails."""
    absent = driven.absent()
    if absent:
        return _visit(ctx, Driven([], [], [], absent))
    first: list[Action] = [] if input.url is None else [Goto(input.url)]
    window = Window(input.width, input.height)
    return _visit(ctx, await driven.drive(ctx, input, window, [*first, *input.actions]))


def _visit(ctx: Context, done: Driven) -> Visit:
    refused = [own for own in done.decisions if own.verdict != "made" and own.host not in driven.ERRANDS]
    failed = next((own for own in done.steps if own.error), None)
    notes = [f"{own.kind}: {own.text}" for own in done.events]
    notes += [f"{own.verdict}: {own.host}:{own.port}, {own.reason}" for own in refused]
    notes += [f"{own.name} {own.status}: {own.reason}" for own in done.tools if own.status != "ran"]
    if done.error:
        notes.append(done.error)
    if failed is not None:
        notes.append(f"{failed.do}: {failed.error}")
    status = status_of(done.tools)
    if status == "ok" and (failed is not None or refused or done.error):
        status = "partial" if len(done.steps) > 1 or not failed else "failed"
    count = sum(not own.error for own in done.steps)
    summary = (
        f"{count} steps done, {len(refused)} connections refused or failed, {len(done.artifacts)} pictures"
    )
    return Visit(
        status, summary, tools=done.tools, notes=notes, artifacts=done.artifacts, steps=done.steps,
        egress=done.decisions, sandbox=ctx.sandbox.level,
    )  # fmt: skip


FUNCTIONS = (screenshot, run)
