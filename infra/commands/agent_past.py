"""`revo agent metrics` and `revo agent logs`: how an agent did, and what its tasks wrote."""

import asyncio
from typing import Any

import click
import msgspec
from rich.text import Text

from infra.commands.console import Output, table, write_json
from infra.commands.example import example
from infra.commands.follow import LEVELS
from infra.commands.reach import Reach, reaching
from subjects import codec, errors, names
from subjects.bus import Message
from subjects.messages import LogLine

WINDOWS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168}
WORST = ("debug", "info", "warning", "error")

_lines = msgspec.json.Decoder(LogLine)


@click.command(epilog=example("revo agent metrics security --window 24h"))
@click.argument("id")
@click.option("--window", type=click.Choice(tuple(WINDOWS)), default="1h", show_default=True)
@reaching()
async def metrics(reach: Reach, *, id: str, window: str) -> None:
    """How one agent did: outcomes, times, what went wrong."""
    [row] = await _rows(reach, "agent_metrics", {"agent": names.token(id), "hours": WINDOWS[window]})
    cells = [
        (key, value if isinstance(value, float | int | str) else _json(value)) for key, value in row.items()
    ]
    reach.output.show({"agent": id, "window": window, **row}, table(("what", ">is"), cells))


@click.command(epilog=example("revo agent logs security --level warning", "revo agent logs scout -f"))
@click.argument("id")
@click.option("--level", type=click.Choice(WORST), default="debug", help="This or worse.")
@click.option("--limit", type=click.IntRange(0, 1000), default=100, show_default=True, help="Of the past.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@reaching()
async def logs(reach: Reach, *, id: str, level: str, limit: int, follow: bool) -> None:
    """What an agent's tasks wrote about their work, oldest first."""
    heard: asyncio.Queue[LogLine] = asyncio.Queue()
    if follow:
        await reach.bus.subscribe(f"live.{names.LOGS}", _taker(heard, id, level))
    given = {"agent": names.token(id), "level": level, "limit": limit}
    try:
        rows = list(reversed(await _rows(reach, "agent_logs", given))) if limit else []
    except errors.Unavailable:
        if not follow:
            raise
        rows = []
    shown = [msgspec.convert(row | {"fields": row["fields"] or {}}, LogLine) for row in rows]
    if not follow:
        reach.output.show(shown, *map(_line, shown))
        return
    for own in shown:
        _say(reach.output, own)
    while True:
        _say(reach.output, await heard.get())


def _taker(heard: "asyncio.Queue[LogLine]", id: str, level: str) -> Any:
    async def take(message: Message) -> None:
        try:
            line = codec.decode(message.data, _lines)
        except errors.RevoError:
            return
        queue = line.function.partition(".")[0]
        if id in (line.agent, queue) and WORST.index(line.level) >= WORST.index(level):
            heard.put_nowait(line)

    return take


def _say(output: Output, line: LogLine) -> None:
    if output.json:
        write_json(line)
    else:
        output.console.print(_line(line))


def _line(line: LogLine) -> Text:
    fields = " ".join(f"{key}={value}" for key, value in line.fields.items())
    said = f"{line.at:%H:%M:%S}  {line.level:>7}  {line.id}  {line.function}  {line.message} {fields}"
    return Text(said.rstrip(), style=LEVELS.get(line.level, ""))


async def _rows(reach: Reach, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await reach.client.query(query, given)
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
