"""`revo doctor`: what is wrong here, and how to mend it."""

import asyncio
import os
from collections.abc import AsyncIterator

import click
import msgspec
from rich.table import Table
from rich.text import Text

from infra import address, settings
from infra import doctor as checks
from infra.commands.console import Output
from infra.commands.example import example
from infra.commands.reach import HOW_TO_START, output_option, quiet, server_url
from infra.doctor import Check
from infra.link import linked
from infra.settings import Settings
from subjects import errors

MARKS = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "bad": ("BAD", "bold red")}


@click.command(epilog=example("revo doctor"))
@click.option("--server", metavar="URL", help="NATS server; else the stack that runs here.")
@output_option()
def doctor(server: str | None, form: str) -> int:
    """Look at everything that can be wrong. The exit code is 1 when something is."""
    own = settings.load(os.environ)
    quiet(own)
    return asyncio.run(_doctor(own, server, Output(form)))


async def _doctor(own: Settings, server: str | None, output: Output) -> int:
    found = []
    async for check in _all(own, server):
        found.append(check)
        if not output.json:
            output.console.print(_line(check))
    if output.json:
        output.show(found)
    bad = [check for check in found if check.level == "bad"]
    output.say("\nAll well." if not bad else f"\n{len(bad)} to mend.")
    return int(bool(bad))


async def _all(own: Settings, server: str | None) -> AsyncIterator[Check]:
    async for check in checks.here(own):
        yield check
    async for check in checks.models(own.worker.models):
        yield check
    url = server_url(own, server)
    asked = server is not None or own.outside
    try:
        async with linked(msgspec.structs.replace(own.nats, url=url, name="revo-doctor")) as bus:
            async for check in checks.stack(bus):
                yield check
    except errors.Unavailable as error:
        yield Check(
            "bad" if asked or address.read(own.state) else "warn", "server", error.message, HOW_TO_START
        )


def _line(check: Check) -> Table:
    word, style = MARKS[check.level]
    made = Table.grid(padding=(0, 2))
    made.add_column(width=4)
    made.add_column(width=12)
    made.add_column(overflow="fold")
    made.add_row(Text(word, style=style), check.name, check.found)
    if check.mend and check.level != "ok":
        made.add_row("", "", Text(f"-> {check.mend}", style="cyan"))
    return made
