"""What models have used, counted by the server: for a day over all workers, for a task over all attempts."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog
from msgspec import Struct

from functions.adapters.models.budget import Spent
from subjects import codec, names, streams
from subjects.bus import Bus, Records
from subjects.errors import RevoError
from subjects.ids import new_id

log = structlog.get_logger()

NANO = 1_000_000_000
"""The server counts whole numbers, so dollars are counted in billionths."""
INCREMENT = "Nats-Incr"


class _Count(Struct):
    val: str


_count = msgspec.json.Decoder(_Count)


class Counter:
    """Implements `functions.adapters.models.budget.Account` on two counters of the stream SPENT."""

    def __init__(self, bus: Bus, scope: names.SpentScope, key: Callable[[], str]) -> None:
        self._bus = bus
        self._scope: names.SpentScope = scope
        self._key = key
        self._unsent = Spent()

    async def spent(self) -> Spent:
        """What everybody used so far; Unavailable where the server does not say: then nothing is asked."""
        nano, tokens = await asyncio.gather(self._read("usd"), self._read("tokens"))
        return Spent(nano / NANO, tokens).plus(self._unsent)

    async def charge(self, amount: Spent) -> None:
        """Add to it. What the server does not take is remembered here, at least for this worker."""
        try:
            await asyncio.gather(
                self._add("usd", round(amount.usd * NANO)), self._add("tokens", amount.tokens)
            )
        except RevoError as error:
            log.warning("use of a model not counted by the server", code=error.code)
            self._unsent = self._unsent.plus(amount)

    async def _add(self, what: names.SpentUnit, amount: int) -> None:
        if amount > 0:
            # The id keeps a second try from counting twice.
            headers = {INCREMENT: f"+{amount}", codec.MSG_ID: f"spent-{new_id()}"}
            await self._bus.store(names.spent(self._scope, self._key(), what), b"", headers)

    async def _read(self, what: names.SpentUnit) -> int:
        subject = names.spent(self._scope, self._key(), what)
        record = await Records(self._bus, streams.STREAM_SPENT).last(subject)
        return 0 if record is None else int(_count.decode(record.data).val)


def today() -> str:
    """The day in UTC, as it stands in a subject."""
    return f"{datetime.now(UTC):%Y%m%d}"
