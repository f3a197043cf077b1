"""Runs the SQL of rules where everybody's SQL runs: behind the console, never in the store itself."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from analytics.alerts.sources import ROWS
from analytics.store import Table
from subjects import codec, errors, names
from subjects.bus import Bus

WITHIN = 15.0
"""Seconds for an answer: the console ends a statement long before."""


class _Answer(Struct, frozen=True):
    columns: list[str]
    rows: list[list[Any]]


_answers = Decoder(_Answer)


async def ask(bus: Bus, statement: str) -> Table:
    """The rows of a SELECT; the console's error where it is none, Unavailable where no console answers."""
    message = await bus.request(names.SQL, codec.encode({"sql": statement, "rows": ROWS}), WITHIN)
    failure = (message.headers or {}).get("Nats-Service-Error")
    if failure is not None:
        code, _, text = failure.partition(": ")
        raise errors.BY_CODE.get(code, errors.RevoError)(text)
    told = codec.decode(message.data, _answers)
    return Table(told.columns, told.rows)
