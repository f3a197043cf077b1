"""`revo sql`: a SELECT of one's own, typed once, from a file, or one after the other."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Any

import click
import msgspec

from infra.commands.console import table
from infra.commands.example import example
from infra.commands.query import given
from infra.commands.reach import Reach, reaching
from subjects import errors
from subjects import sql as words
from subjects.client import sql as console
from subjects.sql import Answer, Format, Relation, Saved, Statement

HELP = "A statement ends with ; or an empty line. \\d shows the tables, \\q ends."

_answers = msgspec.json.Decoder(Answer)


@click.command(
    epilog=example(
        'revo sql "SELECT state, count(*) FROM tasks GROUP BY ALL"',
        'revo sql "SELECT * FROM tasks WHERE queue = $queue" queue=security -o csv > tasks.csv',
        "revo sql --schema",
        "revo sql -f slow.sql --save slow        keep it; run it with: revo sql --saved slow",
    )
)
@click.argument("statement", required=False)
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "-f", "--file", "file", type=click.File(), help="Read the statement from a file, - is standard input."
)
@click.option("--rows", type=click.IntRange(1), metavar="N", help="At most so many rows.")
@click.option("--schema", is_flag=True, help="Show what a statement may read.")
@click.option("--save", metavar="NAME", help="Keep the statement under a name instead of running it.")
@click.option("--saved", metavar="NAME", help="Run a statement that is kept; `list` shows them.")
@click.option("--forget", metavar="NAME", help="Keep it no longer.")
@reaching("csv")
async def sql(reach: Reach, statement: str | None, parameters: tuple[str, ...], **options: Any) -> None:
    """Ask analytics with SQL: one SELECT, or EXPLAIN of one. Without one, on a terminal, a small prompt."""
    if options["schema"]:
        return _show_schema(reach, await console.schema(reach.bus))
    if options["forget"]:
        await console.forget(reach.bus, options["forget"])
        return reach.output.say(f"{options['forget']} is forgotten")
    if options["file"] is not None or options["saved"]:
        # What stands in the place of the statement is the first parameter then.
        parameters = (*([statement] if statement else ()), *parameters)
        statement = None if options["file"] is None else options["file"].read()
    own, rows = given(parameters), options["rows"]
    if options["saved"] == "list":
        return await _list(reach)
    if options["saved"]:
        kept = await console.kept(reach.bus, options["saved"])
        return await _run(reach, words.statement(kept, own, rows, _format(reach)))
    if statement is None:
        if not sys.stdin.isatty():
            raise click.UsageError("say a statement, or -f FILE; --schema shows what it may read")
        return await _prompt(reach, rows)
    if options["save"]:
        await console.keep(reach.bus, options["save"], Saved(statement, parameters=own))
        return reach.output.say(f"kept; run it with `revo sql --saved {options['save']}`")
    return await _run(reach, Statement(statement, own, rows, _format(reach)))


def _format(reach: Reach) -> Format:
    return "csv" if reach.output.form == "csv" else "json"


async def _run(reach: Reach, statement: Statement) -> None:
    try:
        told = await console.ask(reach.bus, statement)
    except errors.RevoError as error:
        raise _placed(error, statement.sql) from None
    if statement.format == "csv":
        sys.stdout.buffer.write(told.data)
        sys.stdout.buffer.flush()
        _tell_limits(reach, told.headers[words.TRUNCATED], "")
        return
    answer = _answers.decode(told.data)
    reach.output.show(msgspec.Raw(told.data), table(answer.columns, _cells(answer), "No rows."))
    if not reach.output.json:
        age = f"{len(answer.rows)} rows in {answer.took_ms:.0f} ms, of {answer.as_of:%H:%M:%S} UTC"
        _tell_limits(reach, answer.truncated, age)


def _cells(answer: Answer) -> list[list[Any]]:
    """What a terminal shows: texts as they are, figures as they are, what is nested as JSON."""
    return [
        [
            own if own is None else own if isinstance(own, str) else msgspec.json.encode(own).decode()
            for own in row
        ]
        for row in answer.rows
    ]


def _tell_limits(reach: Reach, truncated: str, age: str) -> None:
    cut = f"cut off: more {truncated} than one answer may have" if truncated else ""
    if line := "; ".join(part for part in (age, cut) if part):
        reach.output.aside.print(line, style="yellow" if cut else "dim", markup=False)


def _placed(error: errors.RevoError, sql: str) -> errors.RevoError:
    """The error with the line it is about, and a mark under the place."""
    line, column = error.details.get("line"), error.details.get("column")
    lines = sql.splitlines()
    if not (isinstance(line, int) and isinstance(column, int) and 0 < line <= len(lines)):
        return error
    start = max(0, column - 60)
    shown = lines[line - 1][start : start + 100]
    return type(error)(f"{error.message}\n\n  {shown}\n  {' ' * (column - 1 - start)}^", **error.details)


def _show_schema(reach: Reach, found: list[Relation]) -> None:
    rows = []
    for relation in found:
        rows.append((relation.name, f"{relation.rows:,} rows", relation.doc))
        rows += [(f"  {column.name}", column.type, column.doc) for column in relation.columns]
    reach.output.show(found, table(("table", "type", "what it is"), rows))


async def _list(reach: Reach) -> None:
    found = await console.listed(reach.bus)
    rows = [(own.name, " ".join(own.sql.split())[:80], own.saved_at) for own in found]
    reach.output.show(found, table(("name", "statement", "saved"), rows, "No statement is kept."))


async def _prompt(reach: Reach, rows: int | None) -> None:
    with contextlib.suppress(ImportError):
        # With it, the arrow keys work in `input`.
        __import__("readline")
    reach.output.say(HELP)
    while (text := await asyncio.to_thread(_typed, input)) is not None:
        try:
            if text == "\\d":
                _show_schema(reach, await console.schema(reach.bus))
            elif text:
                await _run(reach, Statement(text, rows=rows, format=_format(reach)))
        except errors.RevoError as error:
            reach.output.aside.print(error.message, style="red", markup=False)


def _typed(ask: Callable[[str], str]) -> str | None:
    r"""A statement from as many lines as it has; None at the end.

    >>> lines = iter(["SELECT 1,", "2;"])
    >>> _typed(lambda mark: next(lines))
    'SELECT 1,\n2;'
    """
    lines: list[str] = []
    while True:
        try:
            line = ask("...> " if lines else "sql> ")
        except (EOFError, KeyboardInterrupt):
            return None
        if line.strip() == "\\q":
            return None
        if line.strip():
            lines.append(line)
        if not line.strip() or line.rstrip().endswith(";") or lines == ["\\d"]:
            return "\n".join(lines).strip()
