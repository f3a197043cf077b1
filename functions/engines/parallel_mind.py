"""The review: one project, read by several agents at once, put together as one answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.api import NonRetryable, function
from functions.context import Context
from functions.engines.reviews import Answer, Part, Review, SandboxUsed, put_together
from functions.findings import Report, Severity
from functions.sources import Sources, Target
from subjects.errors import RevoError


class ReviewInput(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and how it is cut."""

    shard: Annotated[int, Meta(ge=1, le=1000, description="Files in one part of the code scan.")] = 40
    min_severity: Severity = "info"


class _Order(Struct, frozen=True):
    """A child task to be made: under which key, of what, with what."""

    key: str
    function: str
    input: dict[str, Any]


@function("parallel_mind.review", timeout=900)
async def review(input: ReviewInput, ctx: Context) -> Review:
    """Review a project: weak spots, secrets, architecture, documentation; in parallel, merged, ranked."""
    begun = time.monotonic()
    directory = await ctx.projects.directory(input.path, input.archive)
    found = await asyncio.to_thread(sources.find, directory)
    orders = _orders(input, found)
    ctx.log.info("review cut into parts", files=len(found.files), parts=len(orders))
    ctx.progress(0.0, f"{len(found.files)} files in {len(orders)} parts")
    answers = await _all(ctx, orders)
    if all(answer.report is None for answer in answers):
        raise NonRetryable(f"every part failed, first {answers[0].part.key}: {answers[0].part.error}")
    name = directory.name
    sandbox = SandboxUsed(ctx.sandbox.level, ctx.sandbox.reason)
    return put_together(name, found, answers, sandbox, time.monotonic() - begun, input.min_severity)


def shards(found: Sources, size: int) -> list[list[str]]:
    """The files in parts of about `size`, each with about the same number of bytes, always cut alike."""
    count = -(-len(found.files) // size)
    parts: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for entry in sorted(found.files, key=lambda own: (-own.size, own.path)):
        lightest = weights.index(min(weights))
        parts[lightest].append(entry.path)
        weights[lightest] += entry.size + 500
    return [sorted(part) for part in parts]


def _orders(input: ReviewInput, found: Sources) -> list[_Order]:
    where = {"path": input.path} if input.path is not None else {"archive": input.archive}
    scans = [
        _Order(f"scan-{place}", "security.scan", {**where, "files": files, "checks": ["code"]})
        for place, files in enumerate(shards(found, input.shard))
    ]
    return [
        _Order("secrets", "security.scan", {**where, "checks": ["secrets"]}),
        _Order("architecture", "architecture_advisor.analyse", where),
        _Order("documentation", "documentation.coverage", where),
        *scans,
    ]


async def _all(ctx: Context, orders: Sequence[_Order]) -> list[Answer]:
    """The answer of every part, whatever becomes of the others; progress after each."""
    done = 0

    async def one(order: _Order) -> Answer:
        nonlocal done
        answer = await _one(ctx, order)
        done += 1
        ctx.progress(done / len(orders), f"{order.key} {answer.part.status}, {done} of {len(orders)}")
        ctx.log.info("part ended", part=order.key, status=answer.part.status, seconds=answer.part.seconds)
        return answer

    answers = await asyncio.gather(*(one(order) for order in orders), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if isinstance(answer, Answer)]


async def _one(ctx: Context, order: _Order) -> Answer:
    begun = time.monotonic()
    try:
        report = msgspec.convert(await ctx.call(order.function, order.input, key=order.key), Report)
    except (RevoError, msgspec.ValidationError) as error:
        ctx.log.warning("part failed", part=order.key, error=str(error))
        seconds = round(time.monotonic() - begun, 3)
        return Answer(
            Part(order.key, order.function, "failed", "", seconds, str(error) or type(error).__name__)
        )
    seconds = round(time.monotonic() - begun, 3)
    return Answer(Part(order.key, order.function, report.status, report.summary, seconds), report)


FUNCTIONS = (review,)
