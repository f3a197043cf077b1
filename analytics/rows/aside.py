"""What could not be read, or not be written, to rows of `quarantine`: the streams go on."""

from datetime import datetime

from msgspec import Struct

from analytics.rows.line import LONGEST, Line, Origin
from subjects import codec


class UnreadableRow(Struct):
    """A row of `quarantine`."""

    stream: str
    stream_seq: int | None
    subject: str
    reason: str
    payload: str
    stored_at: datetime


def unreadable(origin: Origin, data: bytes, reason: str) -> Line:
    """The row of `quarantine` for a message that cannot be read as what its stream holds."""
    shown = data[:LONGEST].decode(errors="replace")
    why = reason[:LONGEST]
    row = UnreadableRow(origin.stream, origin.sequence, origin.subject, why, shown, origin.stored_at)
    return Line("quarantine", origin.sequence, codec.encode(row))


def refused(table: str, line: bytes, reason: str) -> Line:
    """The row of `quarantine` for a line that DuckDB would not take into `table`."""
    shown = line[:LONGEST].decode(errors="replace")
    row = UnreadableRow("", None, table, reason[:LONGEST], shown, codec.now())
    return Line("quarantine", 0, codec.encode(row))
