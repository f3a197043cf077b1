"""Waits for a task before the eyes of a person: progress and lines as they come."""

from collections.abc import AsyncIterator

import msgspec
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from infra.commands.console import Output
from subjects import messages
from subjects.client import Client
from subjects.client.follow import Told
from subjects.messages import Result

LEVELS = {"warning": "yellow", "error": "red", "debug": "dim"}

_results = msgspec.json.Decoder(Result)
_progress = msgspec.json.Decoder(messages.Progress)
_lines = msgspec.json.Decoder(messages.LogLine)
_retried = msgspec.json.Decoder(messages.Retried)
_started = msgspec.json.Decoder(messages.Started)


async def outcome(client: Client, id: str, output: Output) -> Result:
    """The outcome of a task; until then a bar on the terminal, where there is one."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.description}"),
        TimeElapsedColumn(), console=output.aside, transient=True,
        disable=output.json or not output.aside.is_terminal,
    )  # fmt: skip
    with bar:
        row = bar.add_task("queued", total=1.0, name=id)
        async for told in client.events(id):
            if told.kind == "result":
                return _results.decode(told.data)
            if told.kind == "progress":
                progress = _progress.decode(told.data)
                bar.update(
                    row, completed=progress.progress, description=progress.message, name=progress.function
                )
            elif (line := spoken(told)) is not None and output.aside.is_terminal and not output.json:
                bar.console.print(line)
    raise AssertionError("the events of a task end with its result")


async def stream(client: Client, id: str, output: Output) -> Result:
    """The outcome of a task; until then one line on standard error for everything it tells."""
    async for told in client.events(id):
        if told.kind == "result":
            return _results.decode(told.data)
        line = spoken(told)
        if line is not None:
            output.aside.print(line)
    raise AssertionError("the events of a task end with its result")


def spoken(told: Told) -> Text | None:
    """An event as a line for a person; None for kinds that say nothing to one."""
    if told.kind == "progress":
        progress = _progress.decode(told.data)
        return Text(f"{progress.progress:6.0%}  {progress.message}", style="cyan")
    if told.kind == "log":
        line = _lines.decode(told.data)
        fields = " ".join(f"{key}={value}" for key, value in line.fields.items())
        return Text(f"{line.level:>7}  {line.message} {fields}".rstrip(), style=LEVELS.get(line.level, ""))
    if told.kind == "retry":
        retried = _retried.decode(told.data)
        why = retried.error.message if retried.error else "it was handed back"
        return Text(
            f"  retry  attempt {retried.attempt} ended: {why}; next one in {retried.delay:g} s",
            style="yellow",
        )
    if told.kind == "started":
        started = _started.decode(told.data)
        return Text(f"started  attempt {started.attempt} on {started.worker}", style="dim")
    return None


async def lines(client: Client, id: str) -> AsyncIterator[messages.LogLine]:
    """The log lines of a task, from its first to its end."""
    async for told in client.events(id):
        if told.kind == "log":
            yield _lines.decode(told.data)
