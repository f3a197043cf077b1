"""Thousands of NATS micro services that come and go, over a handful of subscriptions.

A micro service of nats-py costs ten subscriptions; here all of them share four. What is answered is ADR-32 of
the NATS architecture: `$SRV.<verb>`, `$SRV.<verb>.<name>`, `$SRV.<verb>.<name>.<id>`.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from subjects import errors
from subjects.bus.connection import Bus, Message, Subscription

VERBS = ("PING", "INFO", "STATS")
AT_ONCE = 100
"""Answers to one broadcast that go out before others have a turn."""


class Described(NamedTuple):
    """One service: its only endpoint is called `run`."""

    name: str
    description: str
    subject: str
    metadata: dict[str, str]


class Many(Struct, frozen=True):
    """What is served: which there are, one by its name, and what a call is answered with.

    `calls` is a subject with a wildcard at its end; `named` makes the name of a service of what stands there.
    """

    names: Callable[[], Iterable[str]]
    named: Callable[[str], str]
    described: Callable[[str], Described | None]
    calls: str
    answer: Callable[[str, bytes, dict[str, str]], Awaitable[bytes]]
    version: str = "1.0.0"


class _Counted(Struct):
    requests: int = 0
    failed: int = 0
    nanoseconds: int = 0
    last_error: str = ""


@contextlib.asynccontextmanager
async def serve_many(bus: Bus, many: Many) -> AsyncIterator[None]:
    """Answer for as long as the context is open."""
    serving = _Serving(bus, many)
    await serving.open()
    try:
        yield
    finally:
        await serving.close()


class _Serving:
    def __init__(self, bus: Bus, many: Many) -> None:
        self._bus = bus
        self._many = many
        self._id = bus.nats.new_inbox().rpartition(".")[2]
        self._started = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._counted: dict[str, _Counted] = {}
        self._subscriptions: list[Subscription] = []
        self._running: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen."""
        for subject in ("$SRV.*", "$SRV.*.*", "$SRV.*.*.*"):
            self._subscriptions.append(await self._bus.subscribe(subject, self._on_question))
        self._subscriptions.append(await self._bus.subscribe(self._many.calls, self._on_call, "q"))

    async def close(self) -> None:
        """Listen no more."""
        for subscription in self._subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _on_question(self, message: Message) -> None:
        verb, name, id = [*message.subject.split(".")[1:], "", ""][:3]
        if verb not in VERBS or not message.reply or id not in ("", self._id):
            return
        self._spawn(self._tell(verb, list(self._many.names()) if not name else [name], message.reply))

    async def _tell(self, verb: str, names: Iterable[str], reply: str) -> None:
        for place, name in enumerate(names):
            own = self._many.described(name)
            if own is not None:
                await self._bus.post(reply, msgspec.json.encode(self._said(verb, own)))
            if place % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)

    def _said(self, verb: str, own: Described) -> dict[str, Any]:
        told: dict[str, Any] = {
            "type": f"io.nats.micro.v1.{verb.lower()}_response",
            "name": own.name,
            "id": self._id,
            "version": self._many.version,
            "metadata": own.metadata,
        }
        endpoint = {"name": "run", "subject": own.subject, "queue_group": "q"}
        if verb == "INFO":
            told |= {
                "description": own.description,
                "endpoints": [{**endpoint, "metadata": own.metadata}],
            }
        if verb == "STATS":
            count = self._counted.get(own.name, _Counted())
            told |= {
                "started": self._started,
                "endpoints": [
                    {
                        **endpoint,
                        "num_requests": count.requests,
                        "num_errors": count.failed,
                        "last_error": count.last_error,
                        "processing_time": count.nanoseconds,
                        "average_processing_time": count.nanoseconds // max(1, count.requests),
                    }
                ],
            }
        return told

    async def _on_call(self, message: Message) -> None:
        self._spawn(self._respond(message))

    async def _respond(self, message: Message) -> None:
        begun = time.perf_counter_ns()
        name, headers, failure = message.subject.rpartition(".")[2], None, ""
        try:
            data = await self._many.answer(name, message.data, message.headers or {})
        except errors.RevoError as error:
            failure, data = f"{error.code}: {error.message}", b""
            headers = {"Nats-Service-Error": failure, "Nats-Service-Error-Code": str(error.status)}
        if message.reply:
            await self._bus.post(message.reply, data, headers=headers)
        self._count(name, failure, time.perf_counter_ns() - begun)

    def _count(self, name: str, failure: str, took: int) -> None:
        own = self._many.described(self._many.named(name))
        if own is None:
            return
        count = self._counted.setdefault(own.name, _Counted())
        count.requests += 1
        count.nanoseconds += took
        if failure:
            count.failed += 1
            count.last_error = failure

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_unheard(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _unheard(work: Coroutine[Any, Any, None]) -> None:
    # Where the connection is down nobody can be answered; who asks will ask again.
    with contextlib.suppress(errors.Unavailable):
        await work
