"""How an attempt can end: a closed set. What is done about each is in `functions.settle`."""

from msgspec import Struct

from subjects.errors import ErrorInfo


class Done(Struct, frozen=True):
    """It returned; `output` is JSON."""

    output: bytes


class Failed(Struct, frozen=True):
    """It failed in a way that no further attempt can mend."""

    error: ErrorInfo


class Retry(Struct, frozen=True):
    """It failed; another attempt may do better, after `delay` seconds where the function said so."""

    error: ErrorInfo
    delay: float | None = None


class Rejected(Struct, frozen=True):
    """It was never run, or refused its task."""

    error: ErrorInfo


class Superseded(Struct, frozen=True):
    """Its outcome is stored already: canceled, finished elsewhere, or a repeat of another message."""


class Returned(Struct, frozen=True):
    """It was given back before it ended, because the worker stops. Not an attempt."""


Outcome = Done | Failed | Retry | Rejected | Superseded | Returned
