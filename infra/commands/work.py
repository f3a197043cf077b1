"""`revo work`, `revo gateway`, the service of `revo analytics`: parts, on a NATS that is there already."""

import asyncio
import contextlib
import os
from typing import Any

import click
import msgspec

from infra import logs, part, settings, stack
from infra.commands.example import example
from infra.commands.reach import server_url
from infra.commands.up import planned, say
from infra.settings import Settings
from infra.stack import Plan
from infra.supervisor import bus_ready

server_option = click.option("--server", metavar="URL", help="NATS server; else the stack that runs here.")


@click.command(
    epilog=example(
        "revo work my.module --slots 32",
        "revo work --only security --processes 4",
    )
)
@click.argument("targets", nargs=-1)
@click.option(
    "--only", multiple=True, metavar="NAME", help="Run this queue or function only; may come again."
)
@click.option("--processes", type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--slots", type=click.IntRange(1, 4096), help="Tasks that each of them runs at once.")
@click.option("--reload", is_flag=True, help="New workers whenever a file of the targets changes.")
@server_option
def work(server: str | None, only: tuple[str, ...], targets: tuple[str, ...], **given: Any) -> None:
    """Run workers on a NATS that is there already; in a container, this is the worker pod.

    TARGETS are modules, files, `module:name` or `entry:name`; without any, the built-in functions.
    """
    plan = planned(given)
    worker = plan.settings.worker
    if targets:
        worker = msgspec.structs.replace(worker, targets=targets)
    if only:
        worker = msgspec.structs.replace(worker, only=only)
    own = _at(msgspec.structs.replace(plan.settings, worker=worker), server)
    plan = Plan(own, gateway=False, analytics=False, reporter=False, pool=False, reload=plan.reload)
    logs.configure("error")
    part.run(_work(plan))


async def _work(plan: Plan) -> None:
    async with stack.workers(plan, say) as supervisor:
        names = ", ".join(child.worker for child in supervisor.children)
        say(f"ready on {plan.settings.nats.url}: {names}")
        await stack.until_signal(supervisor)


@click.command(epilog=example("REVOAGENT_NATS_URL=nats://nats:4222 revo gateway"))
@server_option
def gateway(server: str | None) -> None:
    """Run one gateway on a NATS that is there already."""
    own = _at(settings.load(os.environ), server).with_faults(here=False)
    logs.configure(own.log_level)
    part.run(_single("gateway", own, own.gateway))


def run_analytics(server: str | None) -> None:
    """Run the analytics service until it is told to stop."""
    own = _at(settings.load(os.environ), server)
    logs.configure(own.log_level)
    own.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = own.state / "analytics.duckdb"
    part.run(_single("analytics", own, msgspec.structs.replace(own.analytics, file=file)))


async def _single(kind: part.Kind, own: Settings, part_settings: Any) -> None:
    async with bus_ready(own.nats):
        pass
    with contextlib.suppress(asyncio.CancelledError):
        await part.serve(
            kind,
            part_settings,
            lambda facts: say(f"ready on {facts.get('http', own.nats.url)}"),
            asyncio.Event(),
        )


def _at(own: Settings, server: str | None) -> Settings:
    return own.on(msgspec.structs.replace(own.nats, url=server_url(own, server)))
