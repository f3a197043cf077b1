"""SQL of analysts over NATS: rows, limits that are told, errors with their place, kept statements."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from analytics import service
from analytics.settings import ConsoleSettings
from subjects import errors
from subjects.client import sql as console
from subjects.sql import Answer, Saved, Statement, statement

STALE = 0.3


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(
        settings, console=ConsoleSettings(rows=50, seconds=1.0, stale=STALE, kept=0.5)
    )


async def asked(bus, sql, **more):
    told = await console.ask(bus, Statement(sql, **more))
    return msgspec.json.decode(told.data, type=Answer)


async def test_a_select_gives_typed_rows_of_what_was_stored(store, bus, publish, made, caught_up):
    await publish(*(made(number) for number in range(3)))
    await caught_up(store, "RESULTS", 3)
    answer = await asked(
        bus, "SELECT id, finished_at, total_ms FROM tasks WHERE id = $id", parameters={"id": "t-1"}
    )
    assert (answer.columns, answer.types) == (
        ["id", "finished_at", "total_ms"],
        ["VARCHAR", "TIMESTAMP", "DOUBLE"],
    )
    assert answer.rows == [["t-1", "2030-01-01T12:00:00.011000Z", 10.0]]
    assert (answer.truncated, answer.took_ms > 0) == ("", True)
    plan = await asked(bus, "EXPLAIN ANALYZE SELECT * FROM tasks")
    assert "tasks" in plan.rows[0][1]


async def test_awkward_values_come_as_json_can_say_them(store, bus):
    answer = await asked(
        bus,
        "SELECT 'nan'::DOUBLE, 1e30::HUGEINT, 1.50::DECIMAL(4, 2), {'a': [1, NULL]}, MAP {1: 'x'}, "
        "'{\"b\": 2}'::JSON, TIMESTAMPTZ '2030-01-01 12:00:00+02', [now()] IS NOT NULL, "
        "'\\xC3\\xA9'::BLOB, NULL",
    )
    assert answer.rows == [
        [None, "1000000000000000019884624838656", "1.50", {"a": [1, None]}, {"1": "x"}, {"b": 2},
         "2030-01-01T10:00:00Z", True, "w6k=", None]
    ]  # fmt: skip


async def test_what_was_cut_off_is_told(store, bus):
    assert (await asked(bus, "SELECT * FROM range(50)")).truncated == ""
    answer = await asked(bus, "SELECT * FROM range(100000000)", rows=1000)
    assert (len(answer.rows), answer.truncated) == (50, "rows")
    assert len((await asked(bus, "SELECT * FROM range(100)", rows=3)).rows) == 3
    large = await asked(bus, "SELECT repeat('x', 500000) FROM range(10)")
    assert (len(large.rows), large.truncated) == (3, "bytes")
    csv = await console.ask(bus, Statement("SELECT 'a,b' AS x, [1] AS y, NULL AS z", format="csv"))
    assert csv.data == b'x,y,z\r\n"a,b",[1],\r\n'
    assert csv.headers["Sql-Truncated"] == ""
    assert csv.headers["Sql-As-Of"]


async def test_rows_are_at_most_so_old_and_no_copy_is_kept_for_nobody(store, bus, publish, made, settings):
    async def count():
        return (await asked(bus, "SELECT count(*) FROM tasks")).rows[0][0]

    assert await count() == 0
    await publish(made(1))
    async with asyncio.timeout(30):
        while await count() == 0:  # noqa: ASYNC110 - it is asked over the wire
            await asyncio.sleep(0.05)
    held = f"{settings.file.parent}/"
    async with asyncio.timeout(30):
        while any(name.startswith(held) and "copy" in name for name in _open_files()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_errors_say_where_and_why(store, bus):
    with pytest.raises(errors.InvalidRequest, match='Referenced column "idd" not found') as wrong:
        await asked(bus, "SELECT *\nFROM tasks\nWHERE idd = 1")
    assert wrong.value.details == {"line": 3, "column": 7}
    with pytest.raises(
        errors.Forbidden, match="only SELECT, or EXPLAIN of a SELECT, is answered, not DELETE"
    ):
        await asked(bus, "DELETE FROM tasks")
    with pytest.raises(errors.StatementTooHeavy, match="more time"):
        await asked(bus, "SELECT count(*) FROM range(100000000000)")
    for large in (
        "SELECT repeat('x', 2000000000)",
        "SELECT repeat('x', 1000000) || range AS text FROM range(1000) ORDER BY text",
        "SELECT reservoir_quantile(range, 0.5, 1000000000) FROM range(1000000000)",
    ):
        with pytest.raises(errors.StatementTooHeavy, match="more memory") as heavy:
            await asked(bus, large)
        assert "/" not in heavy.value.message
    with pytest.raises(errors.InvalidRequest, match="pip install pyarrow"):
        await asked(bus, "SELECT 1", format="arrow")
    refused = await bus.request("analytics.sql", b'{"sql": 3}')
    assert refused.headers["Nats-Service-Error-Code"] == "422"


async def test_too_many_statements_at_once_are_refused(bus, settings):
    few = msgspec.structs.replace(settings, console=ConsoleSettings(at_once=1, waiting=1, seconds=1.0))
    async with service.running(few):
        slow = [asked(bus, "SELECT count(*) FROM range(100000000000)") for _ in range(4)]
        ended = await asyncio.gather(*slow, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == [*["Overloaded"] * 2, *["StatementTooHeavy"] * 2]


async def test_the_schema_is_what_may_be_read(store, bus):
    found = {relation.name: relation for relation in await console.schema(bus)}
    assert {"tasks", "events", "attempts"} <= found.keys()
    assert "quarantine" not in found
    assert (found["attempts"].kind, found["tasks"].kind, found["tasks"].rows) == ("view", "table", 0)
    [own] = [column for column in found["tasks"].columns if column.name == "total_ms"]
    assert (own.type, own.doc) == ("DOUBLE", "Milliseconds from submission to end.")


async def test_a_statement_is_kept_run_changed_and_forgotten(store, bus):
    await console.keep(bus, "few", Saved("SELECT * FROM range($most)", "Some.", {"most": 2}))
    kept = await console.kept(bus, "few")
    assert (await asked(bus, kept.sql, parameters=kept.parameters)).rows == [[0], [1]]
    assert [own.name for own in await console.listed(bus)] == ["few"]
    with pytest.raises(errors.InvalidRequest, match="it takes most"):
        statement(kept, {"mots": 3}, None, "json")
    await console.forget(bus, "few")
    assert await console.listed(bus) == []
    with pytest.raises(errors.NotFound):
        await console.forget(bus, "few")
    with pytest.raises(errors.InvalidId):
        await console.keep(bus, "a.b", Saved("SELECT 1"))


def _open_files():
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
