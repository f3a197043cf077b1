"""Named questions to analytics over HTTP: which there are, and their answers as JSON or CSV."""

import csv
import hashlib
import io
from typing import Annotated, Any, Literal

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from gateway.exchange import Answer, Ask, given, said
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import codec, errors, names

LIVE = {"Cache-Control": "no-store"}
"""Figures of a running system: those of a moment ago are others."""


class Parameter(Struct, frozen=True):
    """One thing that a question can be told."""

    name: str
    type: Literal["text", "int", "float", "time", "cursor", "sequence"]
    default: str | float | None
    doc: str
    words: Annotated[list[str], Meta(description="All that it takes; empty where that cannot be listed.")]


class Question(Struct, frozen=True):
    """One named question and what it takes."""

    name: str
    doc: str
    parameters: list[Parameter]


class Answered(Struct, frozen=True):
    """Rows under columns. `truncated` says that there was more than an answer holds."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    took_ms: float


@get("/api/analytics/queries", operation_id="getQueries", opt=says(list[Question]))
async def questions(request: Ask) -> Answer:
    """Every named question, with what it takes."""
    answer = await _asked(parts_of(request), "catalog", {})
    body = codec.encode([dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]])
    # The list changes with a version alone, so a reader need not fetch it again.
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return given(body, headers=headers)


@get("/api/analytics/queries/{name:str}", operation_id="askQuery", opt=says(Answered))
async def ask(
    request: Ask,
    name: FromPath[str],
    form: Annotated[Literal["json", "csv"] | None, QueryParameter(name="format")] = None,
) -> Answer:
    """The answer to a named question. Its parameters stand in the URL; CSV by `format=csv` or by Accept."""
    asked: dict[str, Any] = {}
    for key, value in request.query_params.multi_items():
        if key in asked:
            raise errors.InvalidRequest(f"{key[:80]!r} is given twice")
        asked[key] = value
    asked.pop("format", None)
    answer = await _asked(parts_of(request), name, asked)
    if form == "csv" or (form is None and _wants_csv(request)):
        more = {"Revo-Truncated": "true"} if answer["truncated"] else {}
        disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        text = _csv(answer["columns"], answer["rows"])
        return Response(text, media_type="text/csv", headers={**LIVE, **disposition, **more})
    return said(answer, headers={**LIVE, "Vary": "Accept"})


async def _asked(parts: Parts, name: str, asked: dict[str, Any]) -> Any:
    try:
        return await parts.client.query(names.token(name), asked)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None


def _wants_csv(request: Ask) -> bool:
    accepted = request.headers.get("accept", "")
    return any(part.partition(";")[0].strip() == "text/csv" for part in accepted.split(","))


def _csv(columns: list[str], rows: list[list[Any]]) -> bytes:
    """RFC 4180, with a value of more than one part as JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            codec.encode(cell).decode() if isinstance(cell, dict | list | bool) else cell for cell in row
        )
    return text.getvalue().encode()


HANDLERS = [questions, ask]
