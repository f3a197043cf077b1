"""`revo worker`: who is alive, and taking one out of service."""

import asyncio

import click

from functions.registry import nearest
from infra.commands.console import size, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import errors, names


@click.group(no_args_is_help=True)
def worker() -> None:
    """Workers that are alive."""


@worker.command("ls", epilog=example("revo worker ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """All workers with their load."""
    found = sorted((await reach.client.workers()).values(), key=lambda own: own.id)
    rows = [
        (
            own.id, own.state, f"{len(own.held)}/{own.slots}", own.completed, own.failed, size(own.memory),
            own.pid, own.host, own.started_at, ", ".join(own.stuck),
        )
        for own in found
    ]  # fmt: skip
    columns = ("worker", "state", ">busy", ">done", ">failed", ">memory", ">pid", "host", "started", "stuck")
    reach.output.show(found, table(columns, rows, "No worker is alive; `revo work` starts one."))


@worker.command(epilog=example("revo worker drain host-worker-1-ab12cd"))
@click.argument("ids", nargs=-1, required=True)
@click.option("--wait/--no-wait", default=True, help="Wait until they are gone (the default).")
@reaching()
async def drain(reach: Reach, *, ids: tuple[str, ...], wait: bool) -> None:
    """Let workers end what they run and stop. `all` means every one."""
    alive = await reach.client.workers()
    for id in ids:
        if id != "all" and id not in alive:
            raise errors.NotFound(f"no worker {id!r} is alive{nearest(id, alive)}")
    for id in ids:
        await reach.bus.post(names.control("drain", id))
    leaving = set(alive) if "all" in ids else set(ids)
    while wait and leaving & set(await reach.client.workers()):  # noqa: ASYNC110 - a poll of the bucket
        await asyncio.sleep(0.1)
    reach.output.show(sorted(leaving), *(f"{id} {'is gone' if wait else 'drains'}" for id in sorted(leaving)))
