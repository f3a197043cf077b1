"""The review: one project, read by the whole team at once, put together as one answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.api import NonRetryable, function
from functions.context import Context
from functions.engines import recollection
from functions.engines.recollection import Acceptance, Remembered
from functions.engines.reviews import Answer, Part, Review, SandboxUsed, Stand, put_together
from functions.engines.team import Brief, Order, orders
from functions.findings import Report, Severity
from functions.sources import Sources, Target
from subjects.errors import RevoError


class ReviewInput(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, how it is cut, and what is known of it."""

    shard: Annotated[int, Meta(ge=1, le=1000, description="Files in one part of the code scan.")] = 40
    min_severity: Severity = "info"
    run: Annotated[bool, Meta(description="Run the project's tests, in the sandbox, and profile them.")] = (
        True
    )
    seconds: Annotated[float, Meta(gt=0, le=900, description="What each such run may take.")] = 60.0
    remember: Annotated[bool, Meta(description="Ask memory what was before, and tell it what is now.")] = True
    accept: Annotated[
        tuple[Acceptance, ...], Meta(max_length=100, description="Findings to live with from now on.")
    ] = ()

    @property
    def where(self) -> dict[str, str | None]:
        """The project, as every member of the team takes it."""
        return {"path": self.path} if self.path is not None else {"archive": self.archive}


class _Work(Struct, frozen=True):
    """Everything that came of the team's work."""

    project: str
    found: Sources
    answers: list[Answer]
    before: Remembered
    seconds: float


@function("parallel_mind.review", timeout=3600)
async def review(input: ReviewInput, ctx: Context) -> Review:
    """Review a project with the whole team, in parallel: findings merged and ranked, conflicts listed.

    Memory is asked what the last review found and what somebody accepted, and told what is found now.
    """
    begun = time.monotonic()
    directory = await ctx.projects.directory(input.path, input.archive)
    found = await asyncio.to_thread(sources.find, directory)
    ordered = orders(Brief(input.where, found, input.shard, input.seconds if input.run else 0.0))
    ctx.log.info("review cut into parts", files=len(found.files), parts=len(ordered))
    ctx.progress(0.0, f"{len(found.files)} files in {len(ordered)} parts")
    answers, before = await asyncio.gather(_all(ctx, ordered), _before(input, ctx, directory.name))
    if all(answer.report is None for answer in answers):
        raise NonRetryable(f"every part failed, first {answers[0].part.key}: {answers[0].part.error}")
    return await _judged(input, ctx, _Work(directory.name, found, answers, before, time.monotonic() - begun))


async def _before(input: ReviewInput, ctx: Context, project: str) -> Remembered:
    if input.accept:
        await recollection.accept(ctx, project, input.accept)
    return await recollection.recall(ctx, project) if input.remember else Remembered()


async def _judged(input: ReviewInput, ctx: Context, work: _Work) -> Review:
    sandbox = SandboxUsed(ctx.sandbox.level, ctx.sandbox.reason)
    made = put_together(
        Stand(work.project, work.found, work.answers, work.before, sandbox, work.seconds, input.min_severity)
    )
    if not input.remember:
        return made.review
    trouble = await recollection.keep(ctx, work.project, made.review.summary, made.everything)
    return made.noting([text for text in (work.before.trouble, trouble) if text])


async def _all(ctx: Context, ordered: Sequence[Order]) -> list[Answer]:
    """The answer of every part, whatever becomes of the others; progress after each."""
    done = 0

    async def one(order: Order) -> Answer:
        nonlocal done
        answer = await _one(ctx, order)
        done += 1
        ctx.progress(done / len(ordered), f"{order.key} {answer.part.status}, {done} of {len(ordered)}")
        ctx.log.info("part ended", part=order.key, status=answer.part.status, seconds=answer.part.seconds)
        return answer

    answers = await asyncio.gather(*(one(order) for order in ordered), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if isinstance(answer, Answer)]


async def _one(ctx: Context, order: Order) -> Answer:
    begun = time.monotonic()
    try:
        output = await ctx.call(order.function, order.input, key=order.key)
        report = msgspec.convert(output, Report)
    except (RevoError, msgspec.ValidationError) as error:
        ctx.log.warning("part failed", part=order.key, error=str(error))
        seconds = round(time.monotonic() - begun, 3)
        return Answer(
            Part(order.key, order.function, "failed", "", seconds, str(error) or type(error).__name__)
        )
    seconds = round(time.monotonic() - begun, 3)
    return Answer(Part(order.key, order.function, report.status, report.summary, seconds), report, output)
