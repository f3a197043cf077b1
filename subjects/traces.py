"""Traces: the `traceparent` that travels with a task (W3C Trace Context), and who makes spans of its way.

Where tracing is off a span is nothing, and a `traceparent` that came in goes on as it is.
"""

import contextlib
import hashlib
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from msgspec import Struct

HEADER = "traceparent"
VARIABLE = "TRACEPARENT"
"""The environment variable by which whoever starts a command hands a trace to it."""

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | bool | int | float

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def valid(text: str | None) -> str | None:
    """A `traceparent` where it is one, else None: a broken one is no reason to refuse anything.

    >>> valid("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") is not None
    True
    >>> valid("00-00000000000000000000000000000000-b7ad6b7169203331-01"), valid("x"), valid(None)
    (None, None, None)
    """
    return text if text is not None and _FORM.match(text) else None


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hexadecimal digits of the trace.

    >>> trace_id("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '0af7651916cd43dd8448eb211c80319c'
    """
    found = None if traceparent is None else _FORM.match(traceparent)
    return None if found is None else found[1]


def span_id(mark: str) -> int:
    """The id of the span that has a mark; whoever knows the mark can point to the span."""
    return int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8]) or 1


class Work(Struct, frozen=True):
    """What a span is about, in the words of OpenTelemetry's semantic conventions.

    A span with a `mark` has an id that is made of it. `after` is the mark of a span in the same trace that
    this one repeats.
    """

    name: str
    kind: Kind = "internal"
    attributes: Mapping[str, Value] = {}
    mark: str = ""
    after: str = ""


class Span(Protocol):
    """A piece of work while it is done."""

    @property
    def traceparent(self) -> str | None:
        """What is handed on, so that work done elsewhere comes below this one."""
        ...

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Say more of it."""
        ...

    def rename(self, name: str) -> None:
        """Its name, where it is known only later."""
        ...

    def fail(self, kind: str, message: str = "") -> None:
        """It did not come to a good end."""
        ...


class Tracer(Protocol):
    """Makes spans, and sends them somewhere."""

    @property
    def on(self) -> bool:
        """Whether anything comes of a span; where not, nobody need describe one."""
        ...

    def span(self, work: Work, parent: str | None) -> AbstractContextManager[Span]:
        """A span below `parent`, which ends with the context; an exception makes it a failed one."""
        ...


class _NoSpan:
    """Hands on what came."""

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Nothing."""

    def rename(self, name: str) -> None:
        """Nothing."""

    def fail(self, kind: str, message: str = "") -> None:
        """Nothing."""


class NoTracer:
    """Traces nothing."""

    on = False

    def span(self, work: Work, parent: str | None) -> AbstractContextManager[Span]:  # noqa: ARG002
        """A span that is nothing."""
        return contextlib.nullcontext(_NoSpan(parent))


OFF = NoTracer()
NOTHING = Work("")
"""What is described of work that nobody traces."""
