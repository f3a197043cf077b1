"""`revo worker`: who is alive, taking one out of service and back into it, and what became of lost ones."""

import asyncio
from collections.abc import Iterable

import click
from rich.text import Text

from functions.registry import nearest
from infra.commands.console import ago, size, span, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec, errors
from subjects.client import fleet, recoveries
from subjects.client.fleet import Member
from subjects.client.recoveries import Recovery

COLOURS = {
    "alive": "green",
    "draining": "yellow",
    "frozen": "red",
    "starting": "yellow",
    "restarting": "yellow",
    "drained": "dim",
}


@click.group(no_args_is_help=True)
def worker() -> None:
    """Workers: who is there, drain, resume, and how lost ones were replaced."""


@worker.command("ls", epilog=example("revo worker ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """All workers with their load, and places whose worker was drained."""
    found = await fleet.members(reach.bus)
    columns = (
        "worker", "state", "told", ">busy", ">done", ">failed", ">mean ms", ">cpu %", ">memory", ">pid",
        "host", "place", "started", "stuck",
    )  # fmt: skip
    empty = "No worker is alive; `revo work` starts one."
    reach.output.show(found, table(columns, map(_row, found), empty))


@worker.command(epilog=example("revo worker show host-worker-1-ab12cd"))
@click.argument("id")
@reaching()
async def show(reach: Reach, *, id: str) -> int:
    """One worker: what it serves and what it does now. Exit code 1 where it is frozen."""
    [own] = await _known(reach, [id])
    facts = [
        ("state", f"{own.state}, told {ago(own.at)}"),
        ("host", f"{own.host}, pid {own.pid or '-'}"),
        ("place", f"{own.part}, {own.restarts} restarts" if own.part else "none: nobody starts it again"),
        ("started", own.started_at),
        ("queues", ", ".join(own.queues)),
        ("slots", _busy(own)),
        ("finished", f"{own.completed} well, {own.failed} not" if own.completed is not None else ""),
        ("mean time", "" if own.run_ms is None else f"{own.run_ms:,.1f} ms"),
        ("cpu", "" if own.cpu is None else f"{own.cpu:g} % of a core"),
        ("memory", "" if own.memory is None else size(own.memory)),
    ]
    held = [(one.id, one.function, one.attempt, one.since) for one in own.held]
    reach.output.show(
        own,
        table(("worker", own.id), facts),
        Text(),
        table(
            ("task", "function", ">attempt", "since"),
            held,
            "It runs nothing that takes longer than a moment.",
        ),
    )
    return 1 if own.state == "frozen" else 0


@worker.command(epilog=example("revo worker drain host-worker-1-ab12cd", "revo worker drain all --no-wait"))
@click.argument("ids", nargs=-1, required=True)
@click.option("--wait/--no-wait", default=True, help="Wait until they are gone (the default).")
@reaching()
async def drain(reach: Reach, *, ids: tuple[str, ...], wait: bool) -> None:
    """Let workers end what they run and go. `all` means every one.

    They take nothing more, and what they run ends however long it takes. Their places stay empty until
    `revo worker resume`; `revo engine restart` replaces workers instead.
    """
    leaving = {own.id for own in await _known(reach, ids) if own.pid is not None}
    for told in await asyncio.gather(*(fleet.drain(reach.bus, id) for id in sorted(leaving))):
        reach.output.say(f"{told.worker} drains, {told.running} running")
    while wait and leaving & set(await reach.client.workers()):  # noqa: ASYNC110 - a poll of the bucket
        await asyncio.sleep(0.1)
    reach.output.show(sorted(leaving), *(f"{id} is gone" for id in sorted(leaving) if wait))


@worker.command(epilog=example("revo worker resume host-worker-1-ab12cd"))
@click.argument("ids", nargs=-1, required=True)
@reaching()
async def resume(reach: Reach, *, ids: tuple[str, ...]) -> None:
    """Start new workers in the places that these were drained from. `all` means every such place."""
    found = [own for own in await _known(reach, ids) if "all" not in ids or own.state == "drained"]
    resumed = [await fleet.resume(reach.bus, own.id) for own in found]
    reach.output.show(resumed, *(f"{one.part} starts again, after {one.worker}" for one in resumed))


@worker.command(epilog=example("revo worker kill host-worker-1-ab12cd", "revo worker lost"))
@click.argument("id")
@reaching()
async def kill(reach: Reach, *, id: str) -> None:
    """SIGKILL for a worker of `revo up`, to see the recovery. Refused unless REVOAGENT_FAULTS allows it."""
    await _known(reach, [id])
    killed = await fleet.kill(reach.bus, id)
    reach.output.show(
        killed, f"{killed.worker} (pid {killed.pid}, {killed.part}) is killed; see `revo worker lost`"
    )


@worker.command(epilog=example("revo worker lost", "revo worker lost -o json"))
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@reaching()
async def lost(reach: Reach, *, limit: int) -> None:
    """Workers that died within a day: who took over their tasks, after how long, and who followed them."""
    found = await recoveries.recoveries(reach.bus, limit)
    columns = ("worker", "lost", "how", ">held", ">given back", ">all run", "successor", ">ready")
    reach.output.show(found, table(columns, map(_lost_row, found), "No worker was lost within a day."))


async def _known(reach: Reach, ids: Iterable[str]) -> list[Member]:
    members = {own.id: own for own in await fleet.members(reach.bus)}
    wanted = set(ids)
    for id in sorted(wanted - {"all"} - set(members)):
        raise errors.NotFound(f"there is no worker {id!r}{nearest(id, members)}")
    return [own for id, own in members.items() if "all" in wanted or id in wanted]


def _row(own: Member) -> tuple[object, ...]:
    silent = (codec.now() - own.at).total_seconds()
    return (
        own.id, Text(own.state, style=COLOURS.get(own.state, "")), f"{max(0.0, silent):.0f}s ago", _busy(own),
        own.completed, own.failed, own.run_ms, own.cpu, None if own.memory is None else size(own.memory),
        own.pid, own.host, own.part, own.started_at, ", ".join(own.stuck),
    )  # fmt: skip


def _busy(own: Member) -> str:
    return "" if own.slots is None else f"{len(own.held)}/{own.slots}"


def _lost_row(own: Recovery) -> tuple[object, ...]:
    taken = [one.seconds for one in own.tasks if one.seconds is not None]
    return (
        own.worker, own.at, own.how or "its connection was lost", own.held, _after(own.handed_over_after),
        _after(max(taken, default=None)), own.successor, _after(own.ready_after),
    )  # fmt: skip


def _after(seconds: float | None) -> str:
    return "" if seconds is None else f"after {span(max(0.0, seconds))}"
