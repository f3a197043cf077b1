"""What the team remembers of a project: the last review of it, and the findings that somebody accepted.

Memory is an engine like any other (`perfect_recall`). Where it does not answer, a review goes on without it
and says so.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from functions.context import Context
from functions.findings import SEVERITIES, Finding, Severity
from subjects.errors import RevoError

PATIENCE = 15.0
"""Seconds that memory gets to answer."""
MOST_ACCEPTED = 100
"""What one question to memory can bring; of more, the best that fit the question are heeded."""
KEPT = 90 * 86_400
"""Seconds that the last review of a project is remembered."""

REVIEWS = "review-"
"""How namespaces begin in which reviews keep what they found."""
_TOKEN = re.compile(r"[^A-Za-z0-9_-]+")


class Acceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that somebody looked at and lives with."""

    fingerprint: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    because: Annotated[str, Meta(min_length=3, max_length=500)]
    severity: Annotated[Severity, Meta(description="Found again as something worse, it counts again.")] = (
        "critical"
    )


class Known(Struct, frozen=True):
    """A finding of an earlier review, short."""

    severity: Severity
    file: str
    line: int
    rule: str
    message: str


class Remembered(Struct, frozen=True):
    """What is known from before. `trouble` says why nothing is, where memory did not answer."""

    at: datetime | None = None
    findings: dict[str, Known] = {}
    accepted: dict[str, Acceptance] = {}
    trouble: str = ""


class Since(Struct, frozen=True):
    """What changed since the last review of the same project."""

    at: datetime
    new: Annotated[list[str], Meta(description="Fingerprints that were not there.")]
    fixed: Annotated[list[Known], Meta(description="What was there and is gone.")]
    known: Annotated[int, Meta(description="Findings that were there already.")]


class _Memory(Struct, frozen=True):
    id: str
    text: str
    created_at: datetime
    source: str = ""


class _Answer(Struct, frozen=True):
    memories: list[_Memory]


def namespace(project: str) -> str:
    """Where memories of a project are.

    >>> namespace("my shop!")
    'review-my-shop-'
    """
    return f"{REVIEWS}{_TOKEN.sub('-', project)}"[:64]


async def recall(ctx: Context, project: str) -> Remembered:
    """What is remembered of a project; nothing where it is new."""
    try:
        async with asyncio.timeout(PATIENCE):
            last = await _asked(ctx, project, "review", 1)
            accepted = await _asked(ctx, project, "accepted", MOST_ACCEPTED)
            found = [msgspec.json.decode(own.source, type=Acceptance) for own in accepted]
            by_print = {own.fingerprint: own for own in found}
            if not last:
                return Remembered(accepted=by_print)
            data = await ctx.artifacts.get(last[0].source)
            known = msgspec.json.decode(data, type=dict[str, Known])
            return Remembered(last[0].created_at, known, by_print)
    except (RevoError, TimeoutError, msgspec.DecodeError) as error:
        return Remembered(trouble=f"memory was not consulted: {_said(error)}")


async def keep(ctx: Context, project: str, summary: str, findings: list[Finding]) -> str:
    """Remember a review in the place of the last one; why it could not be, or nothing."""
    short = {own.fingerprint: _known(own) for own in findings}
    try:
        async with asyncio.timeout(PATIENCE):
            made = await ctx.artifacts.put(f"{project}.review.json", msgspec.json.encode(short))
            text = f"Review of {project}: {summary}"
            await _store(
                ctx, project, "review", {"id": "last", "text": text, "source": made.ref, "ttl": KEPT}
            )
    except (RevoError, TimeoutError) as error:
        return f"this review was not remembered: {_said(error)}"
    return ""


async def accept(ctx: Context, project: str, accepted: Sequence[Acceptance]) -> None:
    """Remember what somebody lives with; raises where memory does not take it."""
    for own in accepted:
        told = {"text": f"Accepted finding of {project}: {own.because}", "id": f"accepted-{own.fingerprint}"}
        await _store(ctx, project, "accepted", {**told, "source": msgspec.json.encode(own).decode()})


def compared(before: Remembered, findings: list[Finding]) -> Since | None:
    """What changed; None where there was no review before."""
    if before.at is None:
        return None
    now = {own.fingerprint for own in findings}
    new = [own.fingerprint for own in findings if own.fingerprint not in before.findings]
    fixed = [known for print, known in before.findings.items() if print not in now]
    return Since(before.at, new, fixed, len(now) - len(new))


def still_accepted(finding: Finding, before: Remembered) -> Acceptance | None:
    """The acceptance that covers a finding, unless the finding has become worse."""
    own = before.accepted.get(finding.fingerprint)
    if own is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(own.severity):
        return None
    return own


async def _asked(ctx: Context, project: str, kind: str, limit: int) -> list[_Memory]:
    question = {"query": f"{kind} {project}", "namespace": namespace(project), "kind": kind, "limit": limit}
    output = await ctx.call("perfect_recall.memory_query", question, key=f"recall-{kind}")
    return msgspec.convert(output, _Answer).memories


async def _store(ctx: Context, project: str, kind: str, memory: dict[str, Any]) -> None:
    item = {"namespace": namespace(project), "kind": kind, "tags": ["review"], **memory}
    await ctx.call("perfect_recall.memory_store", item, key=f"remember-{memory['id']}"[:60])


def _known(own: Finding) -> Known:
    return Known(own.severity, own.file, own.line, f"{own.tool} {own.rule}", own.message[:300])


def _said(error: Exception) -> str:
    return str(error) or f"no answer within {PATIENCE:g} s"
