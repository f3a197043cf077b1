"""`revo query`: what analytics knows, by name."""

import csv
import sys
from typing import Any

import click
import msgspec

from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import errors

CATALOG = "catalog"


@click.command(
    epilog=example(
        "revo query",
        "revo query slowest limit=5",
        "revo query tasks state=failed -o csv",
    )
)
@click.argument("name", required=False)
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--within", type=float, default=10.0, metavar="SECONDS", help="Wait so long.")
@reaching("csv")
async def query(reach: Reach, name: str | None, parameters: tuple[str, ...], within: float) -> None:
    """Ask a named question; without a name, the list of them."""
    answer = await reach.client.query(name or CATALOG, given(parameters), within)
    columns = [column["name"] if isinstance(column, dict) else column for column in answer["columns"]]
    if reach.output.form == "csv":
        _write_csv(columns, answer["rows"])
    elif name is None:
        rows = [(row[0], row[1], " ".join(map(_parameter, row[2]))) for row in answer["rows"]]
        reach.output.show(answer, table(("query", "what it tells", "parameters"), rows))
    else:
        reach.output.show(answer, table(columns, answer["rows"], "No rows."))
    if answer.get("truncated"):
        reach.output.aside.print("There was more than an answer holds: ask for less.", style="yellow")


def _write_csv(columns: list[str], rows: list[list[Any]]) -> None:
    """RFC 4180 on standard output, with a value of more than one part as JSON."""
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            msgspec.json.encode(cell).decode() if isinstance(cell, dict | list | bool) else cell
            for cell in row
        )


def _parameter(own: dict[str, Any]) -> str:
    """A parameter as it would be typed."""
    return f"{own['name']}={'...' if own['default'] is None else own['default']}"


def given(parameters: tuple[str, ...]) -> dict[str, Any]:
    """`key=value` words as parameters; a value that is JSON is read as such.

    >>> given(("limit=5", "queue=security"))
    {'limit': 5, 'queue': 'security'}
    """
    found = {}
    for word in parameters:
        key, equals, text = word.partition("=")
        if not equals:
            raise errors.InvalidRequest(f"{word!r} is no key=value")
        try:
            found[key] = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            found[key] = text
    return found
