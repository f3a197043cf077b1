"""Many child tasks of one function: a window of them under way, each outcome as it comes.

One subscription hears all of them and their results come with the news, so that a child costs one stored
message and nothing else. What is lost on the way is looked up.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from functions.context import Ended
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Message, Records
from subjects.client.change import cancel, retry
from subjects.client.submit import Door, submit
from subjects.messages import FINAL, Result, Submission

LOOK_AGAIN = 5.0
"""Seconds without news after which the stream is asked, should a live message have been lost."""
AT_ONCE = 64
"""Children that are submitted or canceled at the same time."""
PARENT_STOPPED = "its parent was stopped"

_results = msgspec.json.Decoder(Result)


class Fan:
    """The children of one parent. `since` is when the parent was put into its queue this time."""

    def __init__(self, bus: Bus, door: Door, function: str, since: datetime) -> None:
        self._bus = bus
        self._door = door
        self._queue, self._short = names.split_function(function)
        self._since = since
        self._stored = Records(bus, streams.STREAM_RESULTS)
        self._waiting: dict[str, int] = {}
        self._came: asyncio.Queue[Ended] = asyncio.Queue()

    async def run(self, orders: Iterable[Submission], most: int) -> AsyncGenerator[Ended, None]:
        """Every outcome; orders are taken from the iterable as there is room for them."""
        left: Iterator[tuple[int, Submission]] = enumerate(orders)
        heard = await self._bus.subscribe(f"live.{names.any_result_of(self._queue, self._short)}", self._hear)
        forget = self._bus.on_reconnect(self._look)
        more = True
        try:
            while True:
                room = most - len(self._waiting) - self._came.qsize()
                if more and room * 8 >= most:
                    # Some at a time: one look at what is stored for all of them.
                    some = list(itertools.islice(left, min(room, 500)))
                    more = bool(some)
                    await self._start(some)
                elif self._waiting or not self._came.empty():
                    yield await self._next()
                elif not more:
                    return
        finally:
            forget()
            with contextlib.suppress(Exception):
                await heard.unsubscribe()

    async def cancel(self) -> None:
        """Cancel what is under way."""
        left = iter(list(self._waiting))

        async def some() -> None:
            for id in left:
                with contextlib.suppress(errors.RevoError):
                    await cancel(self._bus, id, PARENT_STOPPED)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def _start(self, some: Sequence[tuple[int, Submission]]) -> None:
        known = await self._known([order.id or "" for _, order in some])
        room = asyncio.Semaphore(AT_ONCE)

        async def one(place: int, order: Submission) -> None:
            async with room:
                await self._submit(place, order, known.get(order.id or ""))

        answers = await asyncio.gather(*(one(place, order) for place, order in some), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _submit(self, place: int, order: Submission, known: Result | None) -> None:
        id = order.id or ""
        if known is not None and not self._again(known):
            self._came.put_nowait(_ended(place, known))
            return
        # Before it is stored: a quick worker may be done before we hear that it is.
        self._waiting[id] = place
        try:
            if known is not None:
                await retry(self._bus, id)
            else:
                accepted = await submit(self._bus, order, self._door, looked=True)
                if accepted.state in FINAL:
                    await self._look()
        except errors.RevoError as error:
            if error.retryable:
                raise
            self._waiting.pop(id, None)
            self._came.put_nowait(Ended(place, id, error=error.info()))

    def _again(self, known: Result) -> bool:
        """Whether a child that did not complete gets another try: its parent was stopped, or tried again."""
        if known.state == "completed":
            return False
        ours = known.state == "canceled" and known.error is not None and known.error.message == PARENT_STOPPED
        return ours or known.finished_at < self._since

    async def _next(self) -> Ended:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    return await self._came.get()
            await self._look()

    async def _hear(self, message: Message) -> None:
        id = message.subject.rpartition(".")[2]
        if id in self._waiting:
            self._take(codec.decode(message.data, _results))

    async def _look(self) -> None:
        ids = list(self._waiting)
        for start in range(0, len(ids), 100):
            for known in (await self._known(ids[start : start + 100])).values():
                if not self._again(known):
                    self._take(known)

    def _take(self, result: Result) -> None:
        place = self._waiting.pop(result.id, None)
        if place is not None:
            self._came.put_nowait(_ended(place, result))

    async def _known(self, ids: Sequence[str]) -> dict[str, Result]:
        subjects = [names.result(self._queue, self._short, id) for id in ids]
        found = [codec.decode(own.data, _results) for own in await self._stored.last_of_each(subjects)]
        return {result.id: result for result in found}


def _ended(place: int, result: Result) -> Ended:
    if result.state == "completed":
        return Ended(place, result.id, result.output, None, result.worker)
    said = result.error or errors.RevoError(result.state).info()
    return Ended(place, result.id, None, said, result.worker)
