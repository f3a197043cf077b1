"""`revo up`: everything on this machine."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from infra import logs, settings, stack
from infra.address import Address
from infra.commands.console import Output
from infra.commands.example import example
from infra.commands.reach import output_option
from infra.part import run as run_loop
from infra.settings import Settings
from infra.stack import Plan
from infra.supervisor import Supervisor


@click.command(
    epilog=example(
        "revo up",
        "revo up my.module --reload",
        "REVOAGENT_PORT=0 REVOAGENT_NATS_PORT=0 revo up -o json      the first line has all addresses",
    )
)
@click.argument("targets", nargs=-1)
@click.option("--processes", type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--slots", type=click.IntRange(1, 4096), help="Tasks that each of them runs at once.")
@click.option("--gateway/--no-gateway", default=True, help="HTTP and WebSocket.")
@click.option("--dashboard/--no-dashboard", default=True, help="The page; without it the API alone.")
@click.option("--analytics/--no-analytics", default=True, help="DuckDB, queries and status.")
@click.option("--ephemeral", is_flag=True, help="Keep nothing: state goes when it ends.")
@click.option("--reload", is_flag=True, help="New workers whenever a file of the targets changes.")
@output_option()
def up(form: str, **given: Any) -> None:
    """Start everything on this machine: NATS, workers, gateway, analytics. State stays in ./.revo.

    TARGETS are modules with functions of your own, run beside the built-in ones.
    """
    plan = planned(given)
    logs.configure("error")
    run_loop(_up(plan, Output(form)))


def planned(given: dict[str, Any]) -> Plan:
    """What the options and the environment ask for."""
    own = settings.load(os.environ)
    worker = own.worker
    if given.get("targets"):
        worker = msgspec.structs.replace(worker, targets=(*worker.targets, *given["targets"]))
    if given.get("slots"):
        worker = msgspec.structs.replace(worker, slots=given["slots"])
    if not given.get("dashboard", True):
        own = msgspec.structs.replace(own, gateway=msgspec.structs.replace(own.gateway, dashboard=False))
    own = msgspec.structs.replace(own, worker=worker, processes=given.get("processes") or own.processes)
    return Plan(
        own,
        gateway=given.get("gateway", True),
        analytics=given.get("analytics", True),
        reload=given.get("reload", False),
        ephemeral=given.get("ephemeral", False),
    )


@contextlib.asynccontextmanager
async def started(plan: Plan, output: Output) -> AsyncIterator[tuple[Supervisor, Address]]:
    """A stack that has said where it is; its later words go to standard error."""
    async with stack.up(plan, say) as (supervisor, where):
        if output.json:
            sys.stdout.write(msgspec.json.encode(where).decode() + "\n")
            sys.stdout.flush()
        else:
            output.console.print(_addresses(where, plan.settings))
        yield supervisor, where


def say(text: str) -> None:
    """A line of the supervisor for the person at the terminal."""
    click.echo(f"{'revo':>12} | {text}", err=True)


async def _up(plan: Plan, output: Output) -> None:
    async with started(plan, output) as (supervisor, _):
        output.say("\nTry:  revo review .     revo function ls     revo top     nats pub task.security.scan "
                   "'{\"path\": \".\"}'\nCtrl-C ends it in order.")  # fmt: skip
        await stack.until_signal(supervisor)


def _addresses(where: Address, own: Settings) -> Table:
    made = Table.grid(padding=(0, 3))
    made.add_row(Text("reVoAgent is up", style="bold green"))
    if where.http:
        made.add_row("http", where.http)
    made.add_row("nats", where.nats)
    if where.monitor:
        made.add_row("monitor", where.monitor)
    made.add_row("workers", f"{own.processes} x {own.worker.slots} tasks at once")
    made.add_row("state", where.state)
    return made
