"""Raw pulls from durable consumers: what nats-py's `fetch` does slowly, and loses when the server restarts."""

import asyncio
from collections.abc import Callable

import msgspec

from subjects import errors
from subjects.bus.connection import Bus, Message, Subscription

_EMPTY = frozenset({"404", "408"})
_TROUBLE = frozenset({"409", "503"})


class Pull:
    """Standing and one-shot pulls of one consumer.

    `outstanding` is how many messages the server still owes us; `trouble` says why the last pull was refused.
    """

    def __init__(self, bus: Bus, stream: str, consumer: str, take: Callable[[Message], None]) -> None:
        self.outstanding = 0
        self.answered = asyncio.Event()
        self.trouble = ""
        self._bus = bus
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._take = take
        self._inbox = bus.nats.new_inbox()
        self._number = 0
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Listen for what the pulls bring."""
        self._subscription = await self._bus.subscribe(self._inbox + ".*", self._on_message)

    async def close(self) -> None:
        """Stop listening. Messages on their way are redelivered after the consumer's ack wait: pull nothing before."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None

    async def ask(self, batch: int, expires: float = 0.0, heartbeat: float = 0.0) -> None:
        """Ask for `batch` messages: at once or not at all (`expires` 0), or as they come within `expires` seconds."""
        self._number += 1
        self.outstanding += batch
        self.answered.clear()
        body: dict[str, int | bool] = {"batch": batch}
        if expires:
            body["expires"] = int(expires * 1e9)
        else:
            body["no_wait"] = True
        if heartbeat:
            body["idle_heartbeat"] = int(heartbeat * 1e9)
        try:
            await self._bus.post(self._subject, msgspec.json.encode(body), f"{self._inbox}.{self._number}")
        except errors.RevoError:
            self.outstanding -= batch
            raise

    def forget(self) -> None:
        """After a reconnect: the server has forgotten all pulls."""
        self.outstanding = 0
        self.answered.set()

    async def _on_message(self, message: Message) -> None:
        headers = message.headers
        status = headers.get("Status") if headers is not None else None
        if status is None or message.reply.startswith("$JS.ACK."):
            self.outstanding = max(0, self.outstanding - 1)
            self.trouble = ""
            self._take(message)
        elif headers is not None and (status in _EMPTY or status in _TROUBLE):
            owed = headers.get("Nats-Pending-Messages")
            self.outstanding = 0 if owed is None else max(0, self.outstanding - int(owed))
            self.trouble = headers.get("Description", "no such consumer") if status in _TROUBLE else ""
        else:
            return
        self.answered.set()
