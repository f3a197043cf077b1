"""Raw pulls from durable consumers.

What nats-py's `fetch` does slowly, and loses when the server restarts.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from subjects import errors
from subjects.bus.connection import Bus, Message

_EMPTY = frozenset({"404", "408"})
_TROUBLE = frozenset({"409", "503"})


class Pull:
    """Standing and one-shot pulls of one consumer.

    `outstanding` is how many messages the server still owes us; `trouble` says why the last pull was refused.
    """

    def __init__(self, bus: Bus, stream: str, consumer: str, take: Callable[[Message], None]) -> None:
        self.outstanding = 0
        self.trouble = ""
        self.answered = asyncio.Event()
        self._bus = bus
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._take = take
        self._changed: Callable[[], None] = lambda: None
        self._inbox = bus.nats.new_inbox()
        self._number = 0
        self._answer_by = 0.0
        self._subscription: Any = None

    async def open(self, changed: Callable[[], None]) -> None:
        """Listen for what the pulls bring; `changed` is called after every answer."""
        self._changed = changed
        self._subscription = await self._bus.subscribe(self._inbox + ".*", self._on_message)

    async def close(self) -> None:
        """Withdraw all pulls.

        What is on its way still goes to `take`, so that nothing waits for its lease to end.
        """
        if self._subscription is not None:
            subscription, self._subscription = self._subscription, None
            with contextlib.suppress(Exception):
                async with asyncio.timeout(3):
                    await subscription.drain()

    async def ask(self, batch: int, expires: float = 0.0) -> None:
        """Ask for `batch` messages.

        At once or not at all (`expires` 0), or as they come within `expires` seconds.
        """
        self._number += 1
        self.outstanding += batch
        self._answer_by = asyncio.get_running_loop().time() + expires + 5.0
        self.answered.clear()
        when = f'"expires":{int(expires * 1e9)}' if expires else '"no_wait":true'
        try:
            await self._bus.post(
                self._subject, f'{{"batch":{batch},{when}}}'.encode(), f"{self._inbox}.{self._number}"
            )
        except errors.RevoError:
            self.outstanding -= batch
            raise

    def overdue(self) -> bool:
        """Whether the server should have answered long ago: the pull was lost on the way."""
        return self.outstanding > 0 and asyncio.get_running_loop().time() > self._answer_by

    def forget(self) -> None:
        """After a reconnect: the server has forgotten all pulls."""
        self.outstanding = 0
        self.answered.set()
        self._changed()

    async def _on_message(self, message: Message) -> None:
        headers = message.headers
        if message.reply.startswith("$JS.ACK."):
            self.outstanding = max(0, self.outstanding - 1)
            self.trouble = ""
            self._take(message)
        else:
            status = headers.get("Status") if headers is not None else None
            if headers is None or (status not in _EMPTY and status not in _TROUBLE):
                return
            owed = headers.get("Nats-Pending-Messages")
            self.outstanding = 0 if owed is None else max(0, self.outstanding - int(owed))
            self.trouble = headers.get("Description", "no such consumer") if status in _TROUBLE else ""
        self.answered.set()
        self._changed()
