"""The debug agent reads a failure: where it happened in the project, and what is most likely behind it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated

from msgspec import Meta, Struct, field, structs

from functions import sources
from functions.agents import causes, reading, tracebacks
from functions.agents.advice import advised
from functions.agents.causes import Cause
from functions.agents.tracebacks import Frame, Trace
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun, fingerprinted
from functions.sources import Target

MOST_TEXT = 4 << 20
MOST_SHOWN = 20
AROUND = 3
"""Lines of the project before and after the one that failed."""
_FOREIGN = ("site-packages", "dist-packages", "lib/python3")


class Failure(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text with the failure in it, and the project that it is about."""

    text: Annotated[
        str, Meta(min_length=1, max_length=MOST_TEXT, description="A traceback, a log, pytest's output.")
    ]
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"


class Explained(Struct, frozen=True):
    """One exception of the text, with what it means."""

    trace: Trace
    where: Annotated[Frame | None, Meta(description="The innermost call within the project.")]
    causes: list[Cause]


class Explanation(Report, frozen=True, kw_only=True):
    """All exceptions of a text. The last of a chain is what was seen; the first is where it began."""

    failures: list[Explained] = field(default_factory=list)


@function("debug.explain", timeout=120)
async def explain(input: Failure, ctx: Context) -> Explanation:
    """Explain tracebacks in a text: own frames with source, the failing expression, the likely cause."""
    directory = await ctx.projects.directory(input.path, input.archive)
    answer = await asyncio.to_thread(explained, input.text, directory)
    return await advised(ctx, answer, "It read a traceback of the project.", input.model)


def explained(text: str, directory: Path) -> Explanation:
    """What a text says of failures in the project below `directory`."""
    files = [entry.path for entry in sources.walk(directory) if not entry.reason]
    notes: list[str] = []
    traces = [located(own, directory, files, notes) for own in tracebacks.find(text)]
    chains = [_chain(traces, place) for place in range(len(traces))]
    found = [
        Explained(own, causes.innermost(own.frames), causes.together(chain, files))
        for own, chain in zip(traces, chains, strict=True)
    ]
    tool = ToolRun("tracebacks", "", "ran")
    if not found:
        return Explanation(
            status="partial", summary="no Python traceback in this text", notes=_warnings(text),
            tools=[structs.replace(tool, status="unknown", reason="no Python traceback was recognised")],
        )  # fmt: skip
    lines = {
        own.where.file: reading.text_of(directory / own.where.file)
        for own in found
        if own.where and own.where.own
    }
    ends = [
        own
        for own, after in zip(found, [*found[1:], None], strict=True)
        if after is None or not after.trace.chain
    ]
    if len(found) > MOST_SHOWN:
        notes.append(f"{len(found) - MOST_SHOWN} exceptions of the text are not listed")
    if any(own.trace.truncated for own in found):
        notes.append("a traceback is cut off: its head or its last line is missing")
    return Explanation(
        status="ok",
        summary=summary(found),
        findings=fingerprinted(_distinct(map(finding, ends)), lines),
        tools=[tool],
        notes=[*dict.fromkeys(notes), *_warnings(text)],
        failures=found[:MOST_SHOWN],
    )


def _chain(traces: Sequence[Trace], place: int) -> list[Trace]:
    """The trace at `place`, and those before it that it came from."""
    chain = [traces[place]]
    while traces[place].chain and place:
        place -= 1
        chain.append(traces[place])
    return chain


def summary(found: Sequence[Explained]) -> str:
    """The last failure in a sentence, and how many there are."""
    last = found[-1]
    first = last.trace.message.partition("\n")[0][:200]
    said = ": ".join(part for part in (last.trace.type or "cut off before its end", first) if part)
    where = f" in {last.where.file}:{last.where.line}" if last.where is not None else ""
    likely = f"; likely: {last.causes[0].cause}" if last.causes else ""
    more = f" ({len(found)} exceptions in the text)" if len(found) > 1 else ""
    return f"{said}{where}{likely}{more}"[:600]


def finding(own: Explained) -> Finding:
    """A failure as a finding, at the innermost line of the project."""
    here = own.where is not None and own.where.own
    first = own.trace.message.partition("\n")[0][:200]
    likely = f"; likely: {own.causes[0].cause}" if own.causes else ""
    return Finding(
        "debug", own.causes[0].rule if own.causes else "exception", "high",
        own.causes[0].confidence if own.causes else "low",
        own.where.file if own.where is not None and here else "",
        own.where.line if own.where is not None and here else 0,
        f"{own.trace.type}: {first}{likely}"[:600], fix=own.causes[0].hint if own.causes else "",
    )  # fmt: skip


def located(trace: Trace, directory: Path, files: Sequence[str], notes: list[str]) -> Trace:
    """The trace with its frames found in the project."""
    texts: dict[str, Sequence[str]] = {}
    frames: list[Frame] = []
    for frame in trace.frames:
        file = owned(frame.file, directory, files)
        if not file:
            frames.append(structs.replace(frame, own=False))
            continue
        lines = texts.setdefault(file, reading.text_of(directory / file))
        known = lines[frame.line - 1].strip() if 0 < frame.line <= len(lines) else ""
        if frame.source and known != frame.source and not frame.source.startswith(known[:40] or "\0"):
            notes.append(f"{file}:{frame.line} reads otherwise than in the text: the file has changed since")
        around = [
            f"{'>' if number == frame.line else ' '} {number} {lines[number - 1]}"[:200]
            for number in range(max(1, frame.line - AROUND), min(len(lines), frame.line + AROUND) + 1)
        ]
        frames.append(
            structs.replace(frame, file=file, own=True, source=frame.source or known, around=around)
        )
    return structs.replace(trace, frames=_shortened(frames))


def owned(file: str, directory: Path, files: Sequence[str]) -> str:
    """The path below the project that a path of the text means; empty for files of libraries.

    A text often comes from another machine: there the longest equal end of the path decides.
    """
    if any(mark in file for mark in _FOREIGN) or file.startswith("<"):
        return ""
    path = PurePosixPath(file.replace("\\", "/"))
    if path.is_relative_to(directory.as_posix()):
        inside = path.relative_to(directory.as_posix()).as_posix()
        return inside if inside in files else ""
    for start in range(len(path.parts)):
        end = "/".join(path.parts[start:])
        fitting = [own for own in files if own == end or own.endswith(f"/{end}")]
        if len(fitting) == 1:
            return fitting[0]
        if end in fitting:
            return end
    return ""


def _shortened(frames: list[Frame]) -> list[Frame]:
    """The first and last of very many."""
    return frames if len(frames) <= 40 else [*frames[:10], *frames[-30:]]


def _distinct(findings: "map[Finding]") -> list[Finding]:
    """One for each failure that came again and again."""
    return list({(own.rule, own.file, own.line, own.message): own for own in findings}.values())[:MOST_SHOWN]


def _warnings(text: str) -> list[str]:
    if "was never awaited" in text:
        return ["a coroutine was never awaited: a call of an async function lacks `await`"]
    return []


FUNCTIONS = (explain,)
