"""What an idea must keep to, as checks that a program can make."""

import ast
import json
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

Kind = Literal[
    "must_include", "must_not", "one_of", "max_length", "min_length", "max_words", "python", "json"
]


class Constraint(Struct, frozen=True, forbid_unknown_fields=True):
    """One check. Words count without regard to case, and whole."""

    check: Kind
    value: Annotated[
        str | int | list[str] | None,
        Meta(
            description="Words for must_include, must_not, one_of; a number for lengths; none for the rest."
        ),
    ] = None

    def __post_init__(self) -> None:
        words = isinstance(self.value, str) or (isinstance(self.value, list) and bool(self.value))
        if self.check in ("must_include", "must_not", "one_of") and not words:
            raise ValueError(f"{self.check} takes a text or a list of texts")
        if self.check in ("max_length", "min_length", "max_words") and not isinstance(self.value, int):
            raise ValueError(f"{self.check} takes a number")


class Checked(Struct, frozen=True):
    """A check that was made."""

    check: Kind
    passed: bool
    why: str


def checked(text: str, constraints: Sequence[Constraint]) -> list[Checked]:
    """Every check of a text.

    >>> [own.passed for own in checked("cache it", [Constraint("must_not", "Redis"), Constraint("python")])]
    [True, False]
    """
    return [_CHECKS[own.check](text, own) for own in constraints]


def _missing(text: str, own: Constraint) -> Checked:
    lacking = [word for word in _words(own) if not _has(text, word)]
    return Checked(own.check, not lacking, f"lacks {', '.join(lacking)}" if lacking else "has all of them")


def _forbidden(text: str, own: Constraint) -> Checked:
    found = [word for word in _words(own) if _has(text, word)]
    return Checked(own.check, not found, f"has {', '.join(found)}" if found else "has none of them")


def _any(text: str, own: Constraint) -> Checked:
    found = [word for word in _words(own) if _has(text, word)]
    return Checked(own.check, bool(found), f"has {', '.join(found)}" if found else "has none of them")


def _length(text: str, own: Constraint) -> Checked:
    unit = "words" if own.check == "max_words" else "characters"
    size, bound = len(text.split()) if unit == "words" else len(text), int(str(own.value))
    fine = size >= bound if own.check == "min_length" else size <= bound
    return Checked(own.check, fine, f"{size} {unit}, the bound is {bound}")


def _python(text: str, own: Constraint) -> Checked:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Checked(own.check, False, f"does not parse: {error}"[:200])
    return Checked(own.check, True, "parses")


def _json(text: str, own: Constraint) -> Checked:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return Checked(own.check, False, f"does not parse: {error}"[:200])
    return Checked(own.check, True, "parses")


def _words(own: Constraint) -> list[str]:
    return own.value if isinstance(own.value, list) else [str(own.value)]


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


_CHECKS: dict[Kind, Callable[[str, Constraint], Checked]] = {
    "must_include": _missing,
    "must_not": _forbidden,
    "one_of": _any,
    "max_length": _length,
    "min_length": _length,
    "max_words": _length,
    "python": _python,
    "json": _json,
}
