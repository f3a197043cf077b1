"""Cancels or tries again every task that a filter takes; first as a count, then for real.

What was done before is not matched again, so a second run of the same finds nothing left to do.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.client import change, lookup
from subjects.kv import Bucket
from subjects.messages import DeadLetter, Result, State, WorkerInfo

AT_ONCE = 16
"""Tasks that are changed at the same time."""
SAMPLE = 20
MOST_TOLD = 1000
"""Tasks that were skipped or failed, told one by one; all are counted."""

_results = msgspec.json.Decoder(Result)
_letters = msgspec.json.Decoder(DeadLetter)


class Selection(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which tasks; what is not given takes all. At least one member must narrow it."""

    queue: str | None = None
    function: Annotated[str | None, Meta(description="<queue>.<name>, or the name alone.")] = None
    state: State | None = None
    priority: str | None = None
    since: (
        Annotated[datetime, Meta(tz=True, description="Submitted (to cancel) or ended (to retry) from then.")]
        | None
    ) = None
    until: Annotated[datetime, Meta(tz=True, description="The same, before then.")] | None = None
    error: Annotated[str | None, Meta(description="Code of the error that it ended with; to retry.")] = None
    agent: Annotated[str, Meta(description="Given to this agent.")] | None = None
    text: Annotated[str, Meta(max_length=200, description="In the id, the function or the error.")] | None = (
        None
    )
    ids: Annotated[list[str], Meta(max_length=10_000, description="Only these.")] | None = None
    dry_run: Annotated[bool, Meta(description="Count, and change nothing.")] = True
    limit: Annotated[int, Meta(ge=1, le=100_000, description="At most so many tasks.")] = 10_000
    reason: Annotated[str, Meta(max_length=1000, description="Kept with each canceled task.")] = ""

    def checked(self) -> "Selection":
        """Itself; InvalidRequest, InvalidId or InvalidPriority where it cannot be meant."""
        narrow = (
            *(self.queue, self.function, self.state, self.priority, self.since, self.until, self.error),
            *(self.agent, self.text),
        )
        if self.ids is None and all(member is None for member in narrow):
            raise errors.InvalidRequest("this takes every task; give a queue, function, state, time or ids")
        if self.queue is not None:
            names.token(self.queue)
        if self.function is not None:
            for part in self.function.split(".", 1):
                names.token(part)
        if self.priority is not None:
            names.priority(self.priority)
        for id in self.ids or ():
            names.token(id)
        return self

    @property
    def short(self) -> str:
        """The function's name in a subject, or every one."""
        return "*" if self.function is None else self.function.rpartition(".")[2]

    def takes(self, task: "Matched") -> bool:
        """Whether a task is meant."""
        queue, _, short = task.function.partition(".")
        return (
            self.queue in (None, queue)
            and self.function in (None, short, task.function)
            and self.state in (None, task.state)
            and self.priority in (None, task.priority)
            and self.error in (None, task.error)
            and self.agent in (None, task.agent)
            and (self.text is None or self.text.lower() in task.words)
            and (self.since is None or task.at >= self.since)
            and (self.until is None or task.at < self.until)
        )


class Matched(Struct, frozen=True, omit_defaults=True):
    """A task that a filter takes."""

    id: str
    function: str
    state: State
    priority: str
    at: datetime
    error: str | None = None
    agent: str | None = None
    message: str | None = None

    @property
    def words(self) -> str:
        """What a text is looked for in."""
        return f"{self.id} {self.function} {self.error or ''} {self.message or ''}".lower()


class Tally(Struct, frozen=True):
    """How many tasks of one function and state."""

    function: str
    state: State
    count: int


class Trouble(Struct, frozen=True):
    """A task that was not changed, and why."""

    id: str
    outcome: Literal["skipped", "failed"]
    reason: str


class Bulk(Struct, frozen=True):
    """What was matched, and what came of it. A dry run has done nothing."""

    action: Literal["cancel", "retry"]
    dry_run: bool
    matched: int
    more: Annotated[bool, Meta(description="The limit was reached; there are more.")]
    counts: list[Tally]
    sample: Annotated[list[Matched], Meta(description=f"The first {SAMPLE}.")]
    done: int = 0
    skipped: Annotated[int, Meta(description="Changed by others in between.")] = 0
    failed: int = 0
    troubles: list[Trouble] = []


async def cancel(bus: Bus, wanted: Selection) -> Bulk:
    """Cancel the queued, delayed and running tasks that are meant."""
    found, more = await _collected(_unfinished(bus, wanted.checked()), wanted)

    async def one(task: Matched) -> None:
        await change.cancel(bus, task.id, wanted.reason)

    return await _done("cancel", wanted, found, one, more=more)


async def retry(bus: Bus, wanted: Selection) -> Bulk:
    """Run the failed, canceled and rejected tasks that are meant again, dead letters included."""
    letters: dict[str, DeadLetter] = {}
    found, more = await _collected(_unsuccessful(bus, wanted.checked(), letters), wanted)

    async def one(task: Matched) -> None:
        try:
            await change.retry(bus, task.id)
        except errors.NotFound:
            # A dead letter is kept for longer than a result.
            letter = letters.get(task.id)
            if letter is None:
                raise
            await change.revive(bus, letter)

    return await _done("retry", wanted, found, one, more=more)


async def _collected(tasks: AsyncIterator[Matched], wanted: Selection) -> tuple[list[Matched], bool]:
    found: list[Matched] = []
    only = None if wanted.ids is None else set(wanted.ids)
    async for task in tasks:
        if (only is None or task.id in only) and wanted.takes(task):
            if len(found) == wanted.limit:
                return found, True
            found.append(task)
    return found, False


async def _done(
    action: Literal["cancel", "retry"],
    wanted: Selection,
    found: list[Matched],
    change_one: Callable[[Matched], Awaitable[None]],
    *,
    more: bool,
) -> Bulk:
    tally: Counter[tuple[str, State]] = Counter((task.function, task.state) for task in found)
    counts = [Tally(function, state, count) for (function, state), count in sorted(tally.items())]
    planned = Bulk(action, wanted.dry_run, len(found), more, counts, found[:SAMPLE])
    if wanted.dry_run:
        return planned
    troubles: list[Trouble] = []
    left = iter(found)

    async def some() -> None:
        for task in left:
            try:
                await change_one(task)
            except (errors.AlreadyFinished, errors.NotFound, errors.Conflict) as error:
                troubles.append(Trouble(task.id, "skipped", error.message))
            except errors.RevoError as error:
                troubles.append(Trouble(task.id, "failed", error.message))

    await asyncio.gather(*(some() for _ in range(min(AT_ONCE, len(found)))))
    outcomes = Counter(trouble.outcome for trouble in troubles)
    return msgspec.structs.replace(
        planned,
        done=len(found) - len(troubles),
        skipped=outcomes["skipped"],
        failed=outcomes["failed"],
        troubles=troubles[:MOST_TOLD],
    )


async def _unfinished(bus: Bus, wanted: Selection) -> AsyncIterator[Matched]:
    tasks = Records(bus, streams.STREAM_TASKS)
    stamp = codec.stream_stamp(datetime.fromisoformat((await tasks.info())["created"]))
    workers = await Bucket(bus, "workers", WorkerInfo).all()
    running = {held.id for worker in workers.values() for held in worker.held}
    lane = f"task.{wanted.queue or '*'}.{wanted.priority or '*'}.>"
    for subject in (lane, names.SCHEDULES):
        async for record in tasks.scan(subject):
            task = _waiting(record, stamp, running)
            if task is not None:
                yield task


def _waiting(record: Record, stamp: str, running: set[str]) -> Matched | None:
    """A queued or delayed task; None for a recurring one and for what is no task."""
    if codec.SCHEDULE in record.headers and record.subject.startswith("sched."):
        return None
    try:
        name = names.parse_task(record.headers.get("Nats-Schedule-Target", record.subject))
        id = codec.task_id(name, record.headers, stamp, record.sequence)
    except errors.RevoError:
        return None
    state: State = "running" if id in running else "queued"
    agent = record.headers.get(codec.AGENT)
    return Matched(id, f"{name.queue}.{name.function}", state, name.priority, record.stored_at, agent=agent)


async def _unsuccessful(
    bus: Bus, wanted: Selection, letters: dict[str, DeadLetter]
) -> AsyncIterator[Matched]:
    where = f"{wanted.queue or '*'}.{wanted.short}.*"
    async for record in Records(bus, streams.STREAM_RESULTS).scan(f"result.{where}"):
        own = codec.decode(record.data, _results)
        if own.state != "completed":
            yield Matched(
                id=own.id,
                function=f"{own.queue}.{own.function}",
                state=own.state,
                priority=own.priority,
                at=own.finished_at,
                error=None if own.error is None else own.error.type,
                agent=own.agent,
                message=None if own.error is None else own.error.message,
            )
    async for record in Records(bus, streams.STREAM_DEAD).scan(f"dlq.{where}"):
        letter = codec.decode(record.data, _letters)
        if letter.id in letters or await lookup.result(bus, letter.id) is not None:
            continue
        letters[letter.id] = letter
        yield Matched(letter.id, letter.function, "failed", letter.priority, letter.at, letter.error.type)
