"""What a function sees of its own task, and what it can ask for while it runs."""

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Raw

from functions.ports import Artifacts, Deployments, Egress, Fleet, Memory, Model, Outbox, Projects, Sandbox
from functions.ports.host import Callee, Ended, Host
from subjects import codec
from subjects.errors import RevoError
from subjects.messages import LogLine, Progress, Submission, Task

__all__ = ["Callee", "Context", "Ended", "Host", "Level", "Log", "child_id", "one_by_one"]

Level = Literal["debug", "info", "warning", "error"]


class Log:
    """Lines about the work, live and kept with the task."""

    def __init__(self, context: "Context") -> None:
        self._context = context

    def write(self, level: Level, message: str, fields: Mapping[str, Any]) -> None:
        """One line at a level."""
        own = self._context
        values = {key: value if _plain(value) else str(value) for key, value in fields.items()}
        told = codec.writable(values)
        own.host.tell(LogLine(own.id, own.name, level, codec.text(message), codec.now(), own.attempt, told))

    def debug(self, message: str, **fields: Any) -> None:
        """A line for who looks closely."""
        self.write("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """A line for everyone."""
        self.write("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """A line about something odd."""
        self.write("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """A line about something wrong."""
        self.write("error", message, fields)


class Context:
    """Handed to a function that has a parameter annotated `Context`.

    `id` is the same in every attempt: use it as the idempotency key of effects outside.
    """

    def __init__(self, task: Task, deadline: datetime, host: Host) -> None:
        self.task = task
        self.deadline = deadline
        self.host = host
        self.log = Log(self)
        self._children = 0

    @property
    def id(self) -> str:
        """The task's id."""
        return self.task.id

    @property
    def name(self) -> str:
        """The function's full name."""
        return self.task.name

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self.task.attempt

    @property
    def sandbox(self) -> Sandbox:
        """Runs programs apart from the worker."""
        return self.host.sandbox

    @property
    def projects(self) -> Projects:
        """Gives directories to read."""
        return self.host.projects

    @property
    def artifacts(self) -> Artifacts:
        """Keeps files that are handed back by reference."""
        return self.host.artifacts

    @property
    def fleet(self) -> Fleet:
        """Says how the engines do, and by which rules work comes to them."""
        return self.host.fleet

    @property
    def model(self) -> Model:
        """Asks a language model; `model.available` says whether there is one."""
        return self.host.model

    @property
    def advisories(self) -> Path | None:
        """Where the dump of known vulnerabilities lies that this worker was given; None without one."""
        return self.host.advisories

    @property
    def memory(self) -> Memory:
        """Stores, finds and forgets what was learned."""
        return self.host.memory

    @property
    def deployments(self) -> Deployments:
        """Puts releases on this machine, where its settings allow that."""
        return self.host.deployments

    @property
    def egress(self) -> Egress:
        """Opens gates to web servers, for programs in the sandbox."""
        return self.host.egress

    @property
    def outbox(self) -> Outbox:
        """Sends to people outside, from the worker itself."""
        return self.host.outbox

    def resting(self) -> AbstractContextManager[None]:
        """Others may use the slot of this task while the context is open: for waiting that is no work."""
        return self.host.resting()

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far the work is, 0..1. Live to whoever listens, and kept."""
        own = min(1.0, max(0.0, float(fraction)))
        self.host.tell(
            Progress(self.id, self.name, own, codec.text(message, 2000), codec.now(), self.attempt)
        )

    async def call(self, function: Callee | str, input: Any = None, key: str = "") -> Any:
        """The output of another function, run as a task of its own on whatever worker is free.

        A crash of this task does not repeat a child that was submitted before: the child's id is made of
        this task's id and `key` (or a counter). The output comes as plain JSON values for a name, typed
        for a Function.
        """
        self._children += 1
        name = function if isinstance(function, str) else function.name
        raw = codec.encode({} if input is None else input)
        output = await self.host.run(
            Submission(
                function=name,
                input=Raw(raw),
                id=child_id(self.id, key or str(self._children)),
                priority=self.task.priority,
                parent=self.id,
            )
        )
        if isinstance(function, str):
            return msgspec.json.decode(output)
        return function.read(output)

    async def map(self, function: Callee | str, inputs: list[Any], concurrency: int = 16) -> list[Any]:
        """The outputs for all inputs, in order, at most `concurrency` at a time.

        The first failure ends it.
        """
        room = asyncio.Semaphore(concurrency)

        async def one(place: int, input: Any) -> Any:
            async with room:
                return await self.call(function, input, key=f"m{place}")

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(place, input)) for place, input in enumerate(inputs)]
        return [task.result() for task in tasks]

    async def outcomes(
        self, function: Callee | str, inputs: Iterable[Any], most: int = 128, key: str = "f"
    ) -> AsyncGenerator[Ended, None]:
        """Each input's outcome as it comes, failures too; `place` says which input it was.

        At most `most` are under way, and inputs are taken from the iterable only as there is room, so ten
        thousand of them cost no more memory than `most`. Close it (`contextlib.aclosing`) when you leave
        early: what is under way is then canceled. Should this task run again, children that ended are not
        repeated.
        """
        name = function if isinstance(function, str) else function.name

        def orders() -> Iterator[Submission]:
            for place, input in enumerate(inputs):
                raw = codec.encode(input)
                mark = hashlib.sha256(name.encode() + b"\0" + raw).hexdigest()[:8]
                yield Submission(
                    function=name,
                    input=Raw(raw),
                    id=child_id(self.id, f"{key}{place}-{mark}"),
                    priority=self.task.priority,
                    parent=self.id,
                )

        async with contextlib.aclosing(self.host.fan(name, orders(), most)) as ended:
            async for one in ended:
                yield one


async def one_by_one(
    run: Callable[[Submission], Awaitable[Raw]], orders: Iterable[Submission], most: int
) -> AsyncGenerator[Ended, None]:
    """A fan for a host that can only `run`: as many at a time, the outcomes as they come."""
    left = enumerate(orders)
    running: set[asyncio.Task[Ended]] = set()

    async def one(place: int, order: Submission) -> Ended:
        try:
            return Ended(place, order.id or "", await run(order))
        except RevoError as error:
            return Ended(place, order.id or "", error=error.info())

    try:
        while True:
            for place, order in itertools.islice(left, most - len(running)):
                running.add(asyncio.create_task(one(place, order)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def child_id(parent: str, key: str) -> str:
    """The id of a child task: readable while it fits, a digest where it does not.

    >>> child_id("my-1", "scan")
    'my-1-scan'
    >>> len(child_id("x" * 60, "scan-12"))
    33
    """
    plain = f"{parent}-{key}"
    return plain if len(plain) <= 64 else "c" + hashlib.sha256(plain.encode()).hexdigest()[:32]


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
