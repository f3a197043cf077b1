"""Statements that attack: none reads a file, writes, learns where it is, or takes the service along."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from analytics.console import Console
from analytics.console.visible import HIDDEN, VISIBLE
from analytics.settings import ConsoleSettings
from analytics.store import Statement, Store
from subjects import codec, errors
from subjects import sql as words
from tests.wire.analytics.hostile import BOMBS, HARMLESS, REFUSED

MANY = Path(__file__).with_name("many_statements.py")
CANARY = "canary-that-nobody-reads"
REPOSITORY = str(Path(__file__).resolve().parents[3])


class Wire:
    """What a console wants of a bus when nobody asks over it."""

    class nats:  # noqa: N801
        max_payload = 2 << 20


@pytest.fixture
async def rows(settings):
    """A store with a task, and a payload in quarantine that nobody may see."""
    async with Store.open(settings) as store:
        await store.execute(
            Statement(
                "INSERT INTO tasks BY NAME SELECT 't' || range AS id, 'text' AS queue, 'shout' AS function,"
                " 'completed' AS state, 'medium' AS priority, 1 AS attempts,"
                " now()::TIMESTAMP AS submitted_at, "
                "now()::TIMESTAMP AS finished_at, 1.5 AS total_ms, range AS stream_seq FROM range(1000)"
            ),
            Statement(
                "INSERT INTO quarantine VALUES ('RESULTS', 1, 's', 'r', $secret, now())", {"secret": CANARY}
            ),
        )
        yield store


def asked(descriptor, statements):
    done = subprocess.run(
        [sys.executable, MANY, str(descriptor)],
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        check=False,
        pass_fds=(descriptor,),
        env={"TZ": "UTC", "SECRET": CANARY, "HOME": "/", "PYTHONPATH": REPOSITORY},
        cwd="/",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_what_was_hidden_is_not_read_from_the_bytes_of_the_copy(rows):
    copy = await rows.snapshot(VISIBLE)
    own = f"/proc/self/fd/{copy.descriptor}"
    doors = [f"read_blob('{own}')", f"read_blob(['/dev/fd/{copy.descriptor}'])", f"read_csv('{own}')"]
    answers = await asyncio.to_thread(asked, copy.descriptor, [f"SELECT * FROM {door}" for door in doors])
    copy.close()
    assert [head.get("code") for head, _ in answers] == ["forbidden"] * len(doors)


async def test_no_statement_reaches_a_file_a_secret_or_a_place_of_the_machine(rows, settings):
    before = sorted(path.name for path in settings.file.parent.iterdir())
    tmp = sorted(path.name for path in Path("/tmp").glob("revo-hostile*"))  # noqa: ASYNC240
    copy = await rows.snapshot(VISIBLE)
    answers = await asyncio.to_thread(asked, copy.descriptor, [*REFUSED, *HARMLESS])
    copy.close()
    assert len(REFUSED) + len(HARMLESS) == len(answers) >= 60
    for sql, (head, body) in zip([*REFUSED, *HARMLESS], answers, strict=True):
        said = json.dumps(head) + body
        for secret in (CANARY, str(settings.file.parent), REPOSITORY, "root:", sys.prefix):
            assert secret not in said, (sql, said[:500])
    for sql, (head, _) in zip(REFUSED, answers, strict=False):
        assert head.get("code") in ("forbidden", "invalid_request"), (sql, head)
    assert sorted(path.name for path in settings.file.parent.iterdir()) == before
    assert sorted(path.name for path in Path("/tmp").glob("revo-hostile*")) == tmp  # noqa: ASYNC240
    assert (await rows.query("SELECT count(*) FROM tasks")).rows == [[1000]]


@pytest.mark.parametrize("bombs", [BOMBS[::2], BOMBS[1::2]], ids=["even", "odd"])
async def test_bombs_are_ended_while_questions_are_answered(bombs, rows, settings):
    limits = ConsoleSettings(seconds=0.3, at_once=3, waiting=len(BOMBS), stale=3600)
    console = Console(Wire(), rows, msgspec.structs.replace(settings, console=limits))

    async def throw(sql):
        try:
            answer = await console.ask(words.Statement(sql))
        except errors.RevoError as error:
            return error.code
        return len(answer.data)

    async def others():
        count = 0
        while True:
            assert (await rows.query("SELECT count(*) FROM tasks")).rows == [[1000]]
            count += 1
            await asyncio.sleep(0.02)

    async with console.resources():
        meanwhile = asyncio.create_task(others())
        ended = await asyncio.gather(*map(throw, bombs))
        meanwhile.cancel()
    assert len(BOMBS) >= 35
    for sql, end in zip(bombs, ended, strict=True):
        told = end in ("statement_too_heavy", "invalid_request") or (isinstance(end, int) and end < 2 << 20)
        assert told, (sql[:80], end)
    assert ended[0] == "statement_too_heavy"


async def test_every_table_is_shown_or_kept_back_on_purpose(rows):
    found = await rows.query(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal UNION ALL "
        "SELECT view_name FROM duckdb_views() WHERE NOT internal"
    )
    there = {name for [name] in found.rows}
    assert there == VISIBLE.keys() | HIDDEN, "add a new table to analytics/console/visible.py"


async def test_a_copy_has_no_name_and_leaves_the_lock_alone(rows, settings):
    copy = await rows.snapshot(VISIBLE)
    assert os.fstat(copy.descriptor).st_nlink == 0
    copy.close()
    other = subprocess.run(  # noqa: ASYNC221
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(settings.file)!r})"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Could not set lock" in other.stderr
    assert codec.now() > copy.as_of
