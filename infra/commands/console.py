"""Output for eyes and for programs: tables and words through rich, JSON through msgspec."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

STATES = {
    "completed": "green",
    "running": "cyan",
    "queued": "yellow",
    "waiting": "yellow",
    "failed": "red",
    "rejected": "red",
    "canceled": "dim",
}
PIPED_WIDTH = 400
"""Columns of a table that goes into a file: there is nobody whose window it must fit."""


class Output(Struct, frozen=True):
    """Where a command says what it found, in the form that was asked for."""

    form: str = "table"

    @property
    def json(self) -> bool:
        """Whether a program reads this."""
        return self.form == "json"

    @property
    def console(self) -> Console:
        """Standard output."""
        return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, soft_wrap=False)

    @property
    def aside(self) -> Console:
        """Standard error: what people read while programs read the output."""
        return Console(stderr=True, highlight=False)

    def show(self, value: Any, *for_eyes: RenderableType) -> None:
        """`value` as JSON, or what was made of it for eyes."""
        if self.json:
            write_json(value)
        else:
            for part in for_eyes:
                self.console.print(part)

    def say(self, text: str) -> None:
        """A sentence for people; a program that asked for JSON does not get it."""
        if not self.json:
            self.console.print(text, markup=False)


def write_json(value: Any) -> None:
    """A value on standard output, indented."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "") -> RenderableType:
    """Rows under headings, or a sentence where there are none. What is under a heading with > goes right."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        made.add_column(column.lstrip(">").upper(), justify="right" if right else "left", overflow="fold")
    count = 0
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
        count += 1
    return made if count or not empty else Text(empty, style="dim")


def plain(value: Any) -> str:
    """A cell's text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return ago(value)
    if isinstance(value, float):
        return figure(value)
    return str(value)


def figure(value: float) -> str:
    """A figure as people read it: what is small keeps its digits, cents are no 0.

    >>> figure(0.03492), figure(0.0), figure(3.456), figure(5.0), figure(12.34), figure(4537.4)
    ('0.0349', '0.0', '3.46', '5.0', '12.3', '4,537')
    """
    most = abs(value)
    if 0 < most < 1:
        return f"{value:.3g}"
    if most < 10:
        told = f"{value:.2f}"
        return told.removesuffix("0")
    return f"{value:,.1f}" if most < 1000 else f"{value:,.0f}"


def state(name: str) -> Text:
    """A state in its colour."""
    return Text(name, style=STATES.get(name, ""))


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, or in how long.

    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 2, tzinfo=UTC))
    '2m ago'
    """
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def span(seconds: float) -> str:
    """A length of time in one unit.

    >>> span(0.0123), span(12.34), span(7200)
    ('12ms', '12.3s', '2h')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:.1f}s"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size:.0f}{unit}"
    return ""


def size(count: float) -> str:
    """Bytes, readable.

    >>> size(3_500_000)
    '3.5 MB'
    """
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
