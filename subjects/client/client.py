"""One object with everything a caller does."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from subjects import codec, errors, names
from subjects.bus import Bus, Message
from subjects.client import bulk, change, follow, lookup, schedules
from subjects.client.refusal import raised
from subjects.client.schedules import Seen
from subjects.client.submit import Door, submit, submit_many
from subjects.kv import Bucket, Objects
from subjects.messages import (
    Accepted,
    DeadLetter,
    FunctionInfo,
    Result,
    Schedule,
    Submission,
    TaskView,
    WorkerInfo,
)
from subjects.settings import NatsSettings
from subjects.traces import HEADER, Work


class Client:
    """Submits tasks and reads what came of them, over one connection.

    `wait`, `timeout` and delays are seconds. Errors are those of `subjects.errors`.
    """

    def __init__(self, bus: Bus, door: Door | None = None) -> None:
        self.bus = bus
        self.door = door or Door()

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, url: str = "nats://127.0.0.1:4222") -> AsyncIterator["Client"]:
        """A client with a connection of its own; Unavailable where no server answers."""
        async with Bus.open(NatsSettings(url=url, name="revo-client")) as bus:
            yield cls(bus)

    async def submit(self, submission: Submission) -> Accepted:
        """Put a task into the queue; on disk when this returns."""
        return await submit(self.bus, submission, self.door)

    async def submit_many(self, submissions: Sequence[Submission]) -> list[Accepted | errors.RevoError]:
        """Put many tasks into the queue; one answer for each, in order."""
        return await submit_many(self.bus, submissions, self.door)

    async def start(self, function: str, input: Any = None, **options: Any) -> Accepted:
        """Submit by name and plain values.

        `await client.start("text.shout", {"text": "hi"}, priority="high")`.
        """
        raw = Raw(codec.encode({} if input is None else input))
        return await self.submit(Submission(function=function, input=raw, **options))

    async def run(self, function: str, input: Any = None, wait: float = 300.0, **options: Any) -> Result:
        """Submit and wait for the outcome."""
        accepted = await self.start(function, input, **options)
        return await self.result(accepted.id, wait)

    async def get(self, id: str) -> TaskView:
        """Where a task stands; NotFound where nothing is known of it."""
        return await lookup.view(self.bus, id)

    async def result(self, id: str, wait: float = 0.0) -> Result:
        """The outcome of a task, waited for up to `wait` seconds; WaitTimeout when there is none by then."""
        return await follow.result(self.bus, names.token(id), wait)

    def events(self, id: str, after: int = 0) -> AsyncIterator[follow.Told]:
        """What a task tells, from the beginning to its result."""
        return follow.events(self.bus, names.token(id), after)

    async def cancel(self, id: str, reason: str = "") -> TaskView:
        """Cancel a queued, delayed or running task."""
        return await change.cancel(self.bus, names.token(id), reason)

    async def retry(self, id: str) -> Accepted:
        """Run a failed, canceled or rejected task again."""
        return await change.retry(self.bus, names.token(id))

    async def bulk_cancel(self, wanted: bulk.Selection) -> bulk.Bulk:
        """Cancel every unfinished task that a filter takes; a count of them while it says `dry_run`."""
        return await bulk.cancel(self.bus, wanted)

    async def bulk_retry(self, wanted: bulk.Selection) -> bulk.Bulk:
        """The same for running what failed, was canceled or rejected again, dead letters too."""
        return await bulk.retry(self.bus, wanted)

    async def dead_letters(self, queue: str = "*", function: str = "*") -> list[DeadLetter]:
        """Tasks that failed for good."""
        return await change.dead_letters(self.bus, queue, function)

    async def drop(self, id: str) -> bool:
        """Forget a dead letter."""
        return await change.drop(self.bus, names.token(id))

    async def functions(self) -> dict[str, FunctionInfo]:
        """Every function that was ever announced, by full name."""
        return await Bucket(self.bus, "functions", FunctionInfo).all()

    async def function(self, name: str) -> FunctionInfo:
        """One function; UnknownFunction where nobody announced it."""
        queue, function = names.split_function(name)
        info = await Bucket(self.bus, "functions", FunctionInfo).get(f"{queue}.{function}")
        if info is None:
            raise errors.UnknownFunction(f"no worker has announced {name!r}")
        return info

    async def workers(self) -> dict[str, WorkerInfo]:
        """The workers that are alive."""
        return await Bucket(self.bus, "workers", WorkerInfo).all()

    async def schedules(self) -> list[Schedule]:
        """All recurring tasks."""
        return await schedules.listed(self.bus)

    async def schedule(self, schedule: Schedule, seen: Seen = "any") -> int:
        """Make or replace a recurring task, where it is the one that was seen; its revision."""
        return await schedules.add(self.bus, schedule, seen)

    async def run_schedule(self, name: str) -> Accepted:
        """Let a recurring task run once now."""
        return await schedules.run(self.bus, name, self.door)

    async def pause_schedule(self, name: str, *, paused: bool = True) -> Schedule:
        """Stop a recurring task, or let it go on."""
        return await schedules.pause(self.bus, name, paused=paused)

    async def remove_schedule(self, name: str) -> None:
        """Forget a recurring task."""
        await schedules.remove(self.bus, name)

    async def call(self, function: str, input: Any = None, within: float = 10.0) -> Any:
        """The output of a function at once, by request and reply: no queue, nothing kept."""
        queue, short = names.split_function(function)
        payload = codec.encode({} if input is None else input)
        work = Work(f"call {function}", "client", {"rpc.system": "nats", "rpc.method": function})
        with self.door.tracer.span(work, self.door.trace) as span:
            headers = None if span.traceparent is None else {HEADER: span.traceparent}
            return _answer(await self.bus.request(names.call(queue, short), payload, within, headers))

    async def query(self, name: str, parameters: dict[str, Any] | None = None, within: float = 10.0) -> Any:
        """The rows of a named analytics query, as {"columns": [...], "rows": [...]}."""
        answer = await self.bus.request(names.query(name), codec.encode(parameters or {}), within)
        return _answer(answer)

    async def output(self, result: Result) -> bytes:
        """The output of a result as JSON bytes.

        Fetched from the object store where it was too large to embed.
        """
        return await change.whole(self.bus, result.output)

    def objects(self, bucket: str) -> Objects:
        """A bucket of large payloads."""
        return Objects(self.bus, bucket)


def _answer(message: Message) -> Any:
    raised(message)
    return msgspec.json.decode(message.data)
