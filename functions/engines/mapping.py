"""One function over many items: each item a task of its own, the outputs in order, failures listed.

The items go to the function's own queue, so that it keeps its limits, its isolation and its retries there.
Memory is bounded by the items under way: outputs wait on disk, a long list of items comes by reference.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from functions.api import NonRetryable, function
from functions.context import Context, Ended
from functions.engines.reducing import FOLDS, fold
from functions.engines.scaling import LARGEST_WINDOW, WINDOW
from functions.engines.spool import Spool
from functions.findings import Status
from functions.ports import Artifact
from subjects.errors import ErrorInfo, InvalidInput

INLINE = 256 << 10
"""Bytes of outputs that an answer carries itself; more come as artifacts."""
ONE_FILE = 8 << 20
"""Bytes of one artifact with outputs."""
MOST_FAILURES = 200
"""Failures listed in one answer; all are counted."""
TELL_EVERY = 0.2
"""Seconds between two words about the progress."""


class Job(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done with which items."""

    function: Annotated[str, Meta(description="The function that runs for each item, <queue>.<name>.")]
    items: Annotated[list[Raw] | None, Meta(description="Its inputs, one a task.")] = None
    items_ref: Annotated[
        str | None, Meta(description="artifacts/<sha256> of a JSON array of inputs, where they exceed 1 MB.")
    ] = None
    concurrency: Annotated[
        int, Meta(ge=1, le=LARGEST_WINDOW, description="Items under way at the same time.")
    ] = WINDOW
    stop_on_failure: Annotated[bool, Meta(description="The first failure cancels the rest and fails.")] = (
        False
    )
    reduce: Annotated[
        str | None,
        Meta(description=f"{', '.join(FOLDS)}; or a function that takes {{results}}, <queue>.<name>."),
    ] = None

    def __post_init__(self) -> None:
        if (self.items is None) == (self.items_ref is None):
            raise ValueError("give either items or items_ref")
        if self.reduce is not None and self.reduce not in FOLDS and "." not in self.reduce:
            raise ValueError(f"reduce is one of {', '.join(FOLDS)}, or a function <queue>.<name>")


class BatchJob(Job, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, in chunks."""

    batch_size: Annotated[
        int, Meta(ge=1, le=10_000, description="Items of one chunk; it ends before the next one begins.")
    ] = 100


class Failure(Struct, frozen=True):
    """An item without an output. `id` is its task."""

    index: int
    id: str
    error: ErrorInfo


class Chunk(Struct, frozen=True):
    """How one chunk went."""

    first: int
    completed: int
    failed: int
    seconds: float


class Mapped(Struct, frozen=True, kw_only=True):
    """The outputs of all items, in order."""

    function: str
    status: Status
    results: Annotated[
        list[Raw] | None,
        Meta(description="One for each item, null where it failed; null altogether: see parts."),
    ]
    parts: Annotated[
        list[Artifact], Meta(description="JSON arrays with the results, in order, where they are too large.")
    ]
    failures: Annotated[list[Failure], Meta(description=f"The first {MOST_FAILURES} by place.")]
    completed: int
    failed: int
    seconds: float
    workers_used: Annotated[int, Meta(description="Worker processes that ran an item.")]
    reduced: Annotated[Any, Meta(description="What `reduce` made of the outputs; null without it.")] = None
    chunks: Annotated[list[Chunk], Meta(description="Of batch_operation.")] = []


class _Work:
    """A job under way: what came of its items so far."""

    def __init__(self, job: Job, total: int, spool: Spool) -> None:
        self.job = job
        self.total = total
        self.spool = spool
        self.failures: list[Failure] = []
        self.completed = 0
        self.failed = 0
        self.workers: set[str] = set()
        self._told = 0.0

    def take(self, place: int, ended: Ended) -> None:
        """Count an outcome and keep its output."""
        if ended.worker is not None:
            self.workers.add(ended.worker)
        if ended.error is None and ended.output is not None:
            self.spool.put(place, bytes(ended.output))
            self.completed += 1
            return
        self.failed += 1
        error = ended.error or ErrorInfo("internal", "no output", retryable=False)
        self.failures.append(Failure(place, ended.id, error))
        if len(self.failures) > 2 * MOST_FAILURES:
            self.failures = self._first()
        if self.job.stop_on_failure:
            raise NonRetryable(
                f"item {place} failed ({error.type}: {error.message}); the rest was canceled",
                index=place, id=ended.id, completed=self.completed,
            )  # fmt: skip

    def tell(self, ctx: Context) -> None:
        """Say how far it is, now and then."""
        now, done = time.monotonic(), self.completed + self.failed
        if now - self._told > TELL_EVERY or done == self.total:
            self._told = now
            failed = f", {self.failed} failed" if self.failed else ""
            ctx.progress(done / self.total, f"{done} of {self.total}{failed}")

    async def answer(self, ctx: Context, begun: float, chunks: list[Chunk]) -> Mapped:
        """All of it, put together."""
        if self.total and not self.completed:
            first = self._first()[0].error
            raise NonRetryable(
                f"every item failed, first {first.type}: {first.message}",
                failures=msgspec.to_builtins(self._first()[:20]),
            )
        inline = self.spool.size <= INLINE
        parts = [] if inline else await _kept(ctx, self.spool)
        return Mapped(
            function=self.job.function,
            status="partial" if self.failed else "ok",
            results=[Raw(output) for output in self.spool] if inline else None,
            parts=parts,
            failures=self._first(),
            completed=self.completed,
            failed=self.failed,
            workers_used=len(self.workers),
            reduced=await _reduced(ctx, self.job.reduce, self.spool, parts),
            chunks=chunks,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _first(self) -> list[Failure]:
        return sorted(self.failures, key=lambda own: own.index)[:MOST_FAILURES]


@function("parallel_mind.parallel_processing", timeout=86_400)
async def parallel_processing(input: Job, ctx: Context) -> Mapped:
    """Run a function for each item at once, on as many workers as there are; outputs in order."""
    return await _run(ctx, input, None)


@function("parallel_mind.batch_operation", timeout=86_400)
async def batch_operation(input: BatchJob, ctx: Context) -> Mapped:
    """The same in chunks, one after the other, with the progress and the outcome of each."""
    return await _run(ctx, input, input.batch_size)


async def _run(ctx: Context, job: Job, size: int | None) -> Mapped:
    begun = time.monotonic()
    items = await _items(ctx, job)
    chunks: list[Chunk] = []
    with Spool(len(items)) as spool:
        work = _Work(job, len(items), spool)
        for first, some in _cut(items, size or len(items)):
            started, before = time.monotonic(), (work.completed, work.failed)
            await _fan(ctx, work, first, some)
            done, failed = work.completed - before[0], work.failed - before[1]
            if size is not None:
                chunks.append(Chunk(first, done, failed, round(time.monotonic() - started, 3)))
                ctx.log.info("chunk ended", first=first, completed=done, failed=failed)
        return await work.answer(ctx, begun, chunks)


async def _fan(ctx: Context, work: _Work, first: int, some: Sequence[Raw]) -> None:
    children = ctx.outcomes(work.job.function, some, work.job.concurrency, f"i{first}-")
    async with contextlib.aclosing(children) as ended:
        async for one in ended:
            work.take(first + one.place, one)
            work.tell(ctx)


def _cut(items: Sequence[Raw], size: int) -> Iterator[tuple[int, Sequence[Raw]]]:
    for first in range(0, len(items), max(1, size)):
        yield first, items[first : first + size]


async def _items(ctx: Context, job: Job) -> list[Raw]:
    if job.items is not None:
        return job.items
    data = await ctx.artifacts.get(job.items_ref or "")
    try:
        return msgspec.json.decode(data, type=list[Raw])
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{job.items_ref} is no JSON array: {error}") from None


async def _kept(ctx: Context, spool: Spool) -> list[Artifact]:
    return [
        await ctx.artifacts.put(f"results-{first}-{last}.json", data, "application/json")
        for first, last, data in spool.arrays(ONE_FILE)
    ]


async def _reduced(ctx: Context, how: str | None, spool: Spool, parts: Sequence[Artifact]) -> Any:
    if how is None:
        return None
    if how in FOLDS:
        return fold(how, spool.outputs())
    input: dict[str, Any] = {"parts": parts} if parts else {"results": [Raw(one) for one in spool.outputs()]}
    return await ctx.call(how, input, key="reduce")


FUNCTIONS = (parallel_processing, batch_operation)
