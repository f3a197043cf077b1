"""/api/analytics/sql: statements of one's own, what they may read, and those that are kept under a name."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath
from msgspec import Meta, Struct

from gateway.exchange import Answer, Ask, body, given, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects import sql as words
from subjects.bus import Bus
from subjects.client import sql as console
from subjects.sql import Format, Named, Relation, Saved, Statement

_statements = msgspec.json.Decoder(Statement)
_saved = msgspec.json.Decoder(Saved)


class Run(Struct, frozen=True, forbid_unknown_fields=True):
    """How a kept statement is to run."""

    parameters: Annotated[
        dict[str, Any], Meta(description="Instead of the values that it was kept with.")
    ] = {}
    rows: Annotated[int, Meta(ge=1)] | None = None
    format: Format = "json"


_runs = msgspec.json.Decoder(Run)


@post("/api/analytics/sql", status_code=200, operation_id="sql", opt=says(words.Answer, takes=Statement))
async def sql(request: Ask) -> Answer:
    """One SELECT, or EXPLAIN of one, on rows that are at most some seconds old, within limits.

    As CSV or Arrow, the members beside the rows are headers: Sql-Truncated, Sql-Took-Ms and Sql-As-Of.
    """
    return await _answered(parts_of(request).bus, await body(request, _statements))


@get("/api/analytics/schema", operation_id="getSchema", opt=says(list[Relation]))
async def schema(request: Ask) -> Answer:
    """The tables and views that a statement may read, with columns, and how many rows there are now."""
    try:
        return said(await console.schema(parts_of(request).bus))
    except errors.Unavailable as error:
        raise _silent(error) from None


@get("/api/analytics/saved", operation_id="listSaved", opt=says(list[Named]))
async def listed(request: Ask) -> Answer:
    """The kept statements, by name."""
    return said(await console.listed(parts_of(request).bus))


@get("/api/analytics/saved/{name:str}", operation_id="getSaved", opt=says(Named))
async def kept(request: Ask, name: FromPath[str]) -> Answer:
    """One kept statement."""
    return said(await console.kept(parts_of(request).bus, name))


@put(
    "/api/analytics/saved/{name:str}",
    status_code=200,
    operation_id="putSaved",
    opt=says(Named, takes=Saved),
)
async def keep(request: Ask, name: FromPath[str]) -> Answer:
    """Keep a statement under a name, or change it. It is not run, and may be wrong."""
    return said(await console.keep(parts_of(request).bus, name, await body(request, _saved)))


@delete("/api/analytics/saved/{name:str}", operation_id="deleteSaved", opt=says(None))
async def forget(request: Ask, name: FromPath[str]) -> None:
    """Keep it no longer."""
    await console.forget(parts_of(request).bus, name)


@post(
    "/api/analytics/saved/{name:str}/run",
    status_code=200,
    operation_id="runSaved",
    opt=says(words.Answer, takes=Run),
)
async def run(request: Ask, name: FromPath[str]) -> Answer:
    """Run a kept statement. An empty body runs it as it was kept."""
    bus = parts_of(request).bus
    how = await body(request, _runs) if await request.body() else Run()
    known = await console.kept(bus, name)
    return await _answered(bus, words.statement(known, how.parameters, how.rows, how.format))


async def _answered(bus: Bus, statement: Statement) -> Answer:
    try:
        told = await console.ask(bus, statement)
    except errors.Unavailable as error:
        raise _silent(error) from None
    if statement.format == "json":
        return given(told.data)
    answer = given(told.data, headers=told.headers)
    answer.media_type = words.MEDIA[statement.format]
    return answer


def _silent(error: errors.Unavailable) -> errors.Unavailable:
    return errors.Unavailable(f"analytics does not answer: {error.message}")


HANDLERS = [sql, schema, listed, kept, keep, forget, run]
