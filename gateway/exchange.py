"""Reads what a request says and writes what it is told."""

from typing import Any, TypeVar

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import State

from subjects import codec, errors, traces

T = TypeVar("T")

Ask = Request[Any, Any, State]
Answer = Response[bytes]


async def body(request: Ask, decoder: "msgspec.json.Decoder[T]") -> T:
    """The body as the decoder's type; an error of the table where it is not that."""
    kind = request.headers.get("content-type")
    if kind is not None and not _is_json(kind):
        raise errors.UnsupportedMedia(f"{kind[:80]!r} is not application/json")
    return decoded(await request.body(), decoder)


def decoded(data: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """Bytes as the decoder's type; what does not fit is the request's fault, not the function's."""
    try:
        return codec.decode(data, decoder)
    except errors.InvalidInput as error:
        raise errors.InvalidRequest(error.message) from None


def said(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer."""
    return given(codec.encode(value), status, headers)


def given(data: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer whose JSON is written already."""
    return Response(data, status_code=status, media_type=MediaType.JSON, headers=headers)


def trace(request: Ask) -> str | None:
    """The `traceparent` to hand on: of this request's span, else the caller's, where it is one."""
    found: str | None = dict[str, Any](request.scope).get(traces.HEADER)
    return found


def revision(request: Ask) -> int | None:
    """The revision that `If-Match` names; None where any is fine."""
    asked = request.headers.get("if-match")
    if asked is None or asked.strip() == "*":
        return None
    number = asked.strip().removeprefix("W/").strip('"')
    if not number.isdecimal():
        raise errors.InvalidRequest(f"If-Match: {asked[:40]!r} is no ETag of ours")
    return int(number)


def seconds(text: float | None, most: float) -> float:
    """A time to wait between 0 and `most`; InvalidRequest where it is negative or no number."""
    if text is None:
        return 0.0
    if not text >= 0:
        raise errors.InvalidRequest(f"{text!r} is no number of seconds to wait")
    return min(text, most)


def _is_json(kind: str) -> bool:
    plain = kind.partition(";")[0].strip().lower()
    return plain == "application/json" or (plain.startswith("application/") and plain.endswith("+json"))
