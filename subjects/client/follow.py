"""Waits for outcomes and follows events.

Live where there is news, from the streams where something was missed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from msgspec import Struct

from subjects import errors, names, streams
from subjects.bus import Bus, Message, Record, Records
from subjects.client import lookup
from subjects.messages import Result

LOOK_AGAIN = 5.0
"""Seconds after which a waiter asks the stream, should the live message have been lost."""


class Told(Struct, frozen=True):
    """One thing a task told: an event, or its result (`kind` "result"), with its place in its stream."""

    kind: str
    stream: str
    sequence: int
    data: bytes


async def result(bus: Bus, id: str, wait: float) -> Result:
    """The outcome, as soon as it is stored; WaitTimeout after `wait` seconds."""
    news = asyncio.Event()
    async with _listening(bus, f"live.{names.any_result(id)}", news):
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            news.clear()
            outcome = await lookup.result(bus, id)
            if outcome is not None:
                return outcome
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise errors.WaitTimeout(f"task {id} had no result within {wait:g} s; it goes on")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_AGAIN)):
                    await news.wait()


async def events(bus: Bus, id: str, after: int = 0) -> AsyncIterator[Told]:
    """Everything a task tells.

    From its first event (or after a sequence of EVENTS) to its result, in order.
    """
    news = asyncio.Event()
    stored = Records(bus, streams.STREAM_EVENTS)
    last = after
    async with (
        _listening(bus, f"live.{names.any_event(id)}", news),
        _listening(bus, f"live.{names.any_result(id)}", news),
    ):
        while True:
            news.clear()
            outcome = await Records(bus, streams.STREAM_RESULTS).last(names.any_result(id))
            async for record in stored.scan(names.any_event(id), last + 1):
                last = record.sequence
                yield _told(record)
            if outcome is not None:
                yield Told("result", streams.STREAM_RESULTS, outcome.sequence, outcome.data)
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await news.wait()


@contextlib.asynccontextmanager
async def _listening(bus: Bus, subject: str, news: asyncio.Event) -> AsyncIterator[None]:
    async def ring(_: Message) -> None:
        news.set()

    async def look() -> None:
        news.set()

    subscription = await bus.subscribe(subject, ring)
    forget = bus.on_reconnect(look)
    try:
        yield
    finally:
        forget()
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()


def _told(record: Record) -> Told:
    return Told(record.subject.rpartition(".")[2], streams.STREAM_EVENTS, record.sequence, record.data)
