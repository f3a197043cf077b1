"""The browser agent: fetches, extracts, photographs and drives pages, always through the egress gate."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from functions.agents import reading
from functions.agents.web import visit, window
from functions.agents.web.pages import Fields, Page, Part, Url, Visit, Visiting, selectors
from functions.agents.web.summing import summed
from functions.agents.web.visit import Fetched
from functions.api import NonRetryable, function
from functions.context import Context
from functions.findings import ToolRun
from functions.ports import Artifact, Decision

MOST_BYTES = 20 << 20
MOST_HTML = 1 << 20


class Fetch(Visiting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address, and how much of it."""

    url: Url
    max_bytes: Annotated[int, Meta(ge=1, le=MOST_BYTES)] = 2 << 20
    store: Annotated[bool, Meta(description="Keep the body as an artifact, also where it is text.")] = False
    model: Annotated[
        str, Meta(max_length=200, description="off, auto, or a configured model: who sums the page up.")
    ] = "off"


class Extract(Visiting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page: at an address, given here, or stored before; and what to take from it."""

    url: Url | None = None
    html: Annotated[str, Meta(max_length=MOST_HTML)] | None = None
    artifact: Annotated[str, Meta(description="artifacts/<sha256> with HTML in it.")] | None = None
    fields: Fields = msgspec.field(default_factory=dict)
    parts: tuple[Part, ...] = ("links", "tables", "metadata")
    max_bytes: Annotated[int, Meta(ge=1, le=MOST_BYTES)] = 5 << 20

    def __post_init__(self) -> None:
        if sum(own is not None for own in (self.url, self.html, self.artifact)) != 1:
            raise ValueError("give one of url, html, artifact")


@function("browser.fetch", timeout=150, max_attempts=2)
async def fetch(input: Fetch, ctx: Context) -> Visit:
    """Get what is at an address: text, links and title of a page; other things as an artifact."""
    absent = missing("httpx2", "selectolax")
    if absent:
        return _failed(ctx, absent)
    got = await visit.fetch(ctx, input.url, input, input.max_bytes)
    tools = [_httpx(got)]
    page = _page(got)
    if got.is_text:
        question = {**_body(got), "want": ["text", "links", "metadata"], "fields": {}}
        found, ms = await visit.parsed(ctx, [question])
        page = _joined(page, found[0])
        tools.append(_selectolax(ms))
    artifacts: list[Artifact] = []
    if input.store or not got.is_text:
        kind = got.kind or "application/octet-stream"
        artifacts.append(await ctx.artifacts.put(_name(page.url), got.reply.body, kind))
    summary = f"{page.status} {page.content_type or 'of no type'}, {page.bytes} bytes from {page.url}"
    return await summed(ctx, _visit(ctx, page, tools, got.decisions, summary, artifacts), input.model)


@function("browser.extract", timeout=150, max_attempts=2)
async def extract(input: Extract, ctx: Context) -> Visit:
    """Take named fields, links, tables and metadata from a page by CSS selectors."""
    absent = missing("httpx2", "selectolax")
    if absent:
        return _failed(ctx, absent)
    tools: list[ToolRun] = []
    decisions: list[Decision] = []
    page = Page()
    if input.url is not None:
        got = await visit.fetch(ctx, input.url, input, input.max_bytes)
        if not got.is_html:
            raise NonRetryable(f"{input.url[:200]} is {got.kind or 'of no type'}, not HTML", kind=got.kind)
        tools, decisions, page, source = [_httpx(got)], got.decisions, _page(got), _body(got)
    elif input.artifact is not None:
        data = await ctx.artifacts.get(input.artifact)
        source = {**_plain(data[: input.max_bytes]), "plain": False}
        page = Page(bytes=len(data), truncated=len(data) > input.max_bytes)
    else:
        source = {"html": input.html, "plain": False, "most_text": visit.MOST_TEXT, "base": ""}
    found, ms = await visit.parsed(ctx, [{**source, "want": input.parts, "fields": selectors(input.fields)}])
    page = _joined(page, found[0])
    tools.append(_selectolax(ms))
    filled = sum(value not in (None, []) for value in page.fields.values())
    summary = f"{filled} of {len(input.fields)} fields, {len(page.links)} links, {len(page.tables)} tables"
    return _visit(ctx, page, tools, decisions, summary)


def missing(*names: str) -> list[ToolRun]:
    """Those tools that are not installed."""
    return [reading.missing(name).tool for name in names if reading.installed(name) is None]


def _failed(ctx: Context, tools: list[ToolRun]) -> Visit:
    notes = [f"{tool.name} {tool.status}: {tool.reason}" for tool in tools]
    return Visit("failed", "nothing was fetched", tools=tools, notes=notes, sandbox=ctx.sandbox.level)


def _visit(
    ctx: Context,
    page: Page,
    tools: list[ToolRun],
    decisions: Sequence[Decision],
    summary: str,
    artifacts: Sequence[Artifact] = (),
) -> Visit:
    notes = []
    if page.truncated:
        notes.append(f"the body is longer than {page.bytes} bytes; the rest was not read")
    if page.text_truncated:
        notes.append(f"the text is longer than {visit.MOST_TEXT} characters; the rest is not given")
    notes += [f"{name}: {reason}" for name, reason in page.bad.items()]
    whole = not (page.truncated or page.bad)
    return Visit(
        "ok" if whole else "partial", summary, tools=tools, notes=notes, artifacts=list(artifacts), page=page,
        egress=list(decisions), sandbox=ctx.sandbox.level,
    )  # fmt: skip


def _page(got: Fetched) -> Page:
    reply = got.reply
    return Page(
        url=reply.hops[-1].url, status=reply.status, content_type=got.kind, bytes=len(reply.body),
        received=reply.received, truncated=reply.truncated, hops=reply.hops,
    )  # fmt: skip


def _joined(page: Page, found: Page) -> Page:
    """The page with what was found in it."""
    return replace(
        page, charset=found.charset, title=found.title, text=found.text, text_truncated=found.text_truncated,
        fields=found.fields, bad=found.bad, links=found.links, tables=found.tables, metadata=found.metadata,
    )  # fmt: skip


def _body(got: Fetched) -> dict[str, Any]:
    question = _plain(got.reply.body)
    return {**question, "charset": got.charset, "plain": not got.is_html, "base": got.reply.hops[-1].url}


def _plain(body: bytes) -> dict[str, Any]:
    return {"body": body, "charset": "", "most_text": visit.MOST_TEXT, "base": ""}


def _httpx(got: Fetched) -> ToolRun:
    return ToolRun("httpx2", reading.installed("httpx2") or "", "ran", "", got.reply.ms)


def _selectolax(ms: float) -> ToolRun:
    return ToolRun("selectolax", reading.installed("selectolax") or "", "ran", "", ms)


def _name(url: str) -> str:
    """What to call what was at an address."""
    last = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return "".join(mark if mark.isalnum() or mark in "._-" else "_" for mark in last)[:100] or "index"


FUNCTIONS = (fetch, extract, *window.FUNCTIONS)
