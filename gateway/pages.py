"""Cursors: where the next page begins, opaque to the client and not trusted by us."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from subjects import errors


class Cursor(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Unfinished tasks up to a sequence, then finished ones before the last one shown; agents after one."""

    part: Literal["unfinished", "finished"] = "unfinished"
    upto: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] | None = None
    before: Annotated[str, Meta(max_length=200)] | None = None
    after: Annotated[str, Meta(max_length=200)] | None = None


class Page(Struct, frozen=True):
    """One page; without `next` it is the last."""

    items: list[Any]
    next: str | None


_cursors = msgspec.json.Decoder(Cursor)


def written(cursor: Cursor) -> str:
    """The cursor as it stands in an address.

    >>> read(written(Cursor(upto=7)))
    Cursor(part='unfinished', upto=7, before=None, after=None)
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def read(text: str | None) -> Cursor:
    """The cursor in an address; InvalidRequest where it is none of ours.

    >>> read("abc")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: cursor: take it as it was given in `next`
    """
    if text is None:
        return Cursor()
    try:
        cursor = _cursors.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if cursor.before is not None:
            datetime.fromisoformat(cursor.before.partition("/")[0])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise errors.InvalidRequest("cursor: take it as it was given in `next`") from None
    return cursor
