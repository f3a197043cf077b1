"""`revo top`: what happens right now, in one screen."""

import asyncio
import time
from typing import Any

import click
from msgspec import Struct
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from infra import backlog
from infra.backlog import Backlog
from infra.commands.console import size, span, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec, errors, names, streams
from subjects.bus import Records
from subjects.messages import WorkerInfo


class Moment(Struct, frozen=True):
    """The system at one time. `finished` counts all outcomes so far, `rate` is those of one second."""

    queues: list[Backlog]
    workers: list[WorkerInfo]
    finished: int
    rate: float | None
    dead_letters: int
    at: float


@click.command(
    epilog=example(
        "revo top",
        "revo top -o json          one measurement for a script",
    )
)
@click.option("--every", type=click.FloatRange(0.2, 60), default=1.0, show_default=True, help="Seconds.")
@click.option("--once", is_flag=True, help="Show it once and end.")
@reaching()
async def top(reach: Reach, *, every: float, once: bool) -> None:
    """Queues, workers, running tasks and throughput, live."""
    moment = await look(reach, None)
    if once or reach.output.json or not reach.output.console.is_terminal:
        reach.output.show(moment, render(moment))
        return
    with Live(render(moment), console=reach.output.console, screen=True, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(every)
            try:
                moment = await look(reach, moment)
            except errors.Unavailable as error:
                live.update(
                    Group(Text(f"waiting: {error.message}", style="bold red"), render(moment)), refresh=True
                )
            else:
                live.update(render(moment), refresh=True)


async def look(reach: Reach, before: Moment | None) -> Moment:
    """The system now; its rate is since the moment `before`."""
    queues, workers, results, dead = await asyncio.gather(
        backlog.queues(reach.bus),
        reach.client.workers(),
        Records(reach.bus, streams.STREAM_RESULTS).info(),
        Records(reach.bus, streams.STREAM_DEAD).info(names.DEAD),
    )
    now = time.monotonic()
    finished = int(results["state"]["last_seq"])
    rate = None if before is None else max(0.0, (finished - before.finished) / (now - before.at))
    letters = len(dead["state"].get("subjects") or {})
    return Moment(queues, sorted(workers.values(), key=lambda own: own.id), finished, rate, letters, now)


def render(moment: Moment) -> RenderableType:
    """One screen."""
    running = [(worker.id, held) for worker in moment.workers for held in worker.held]
    waiting = sum(queue.waiting for queue in moment.queues)
    rate = "" if moment.rate is None else f"{moment.rate:,.1f} tasks/s    "
    head = Text.assemble(
        ("reVoAgent  ", "bold"),
        f"{rate}{moment.finished:,} finished    {len(running)} running    {waiting:,} queued    ",
        (f"{moment.dead_letters} dead letters", "red" if moment.dead_letters else "dim"),
    )
    shown = sorted(running, key=lambda pair: pair[1].since)[:15]
    parts: list[Any] = [
        head,
        Text(),
        table(
            ("queue", *(f">{own}" for own in names.PRIORITIES), ">held", ">workers"),
            _queues(moment),
            "No queues.",
        ),
        Text(),
        table(
            ("worker", "state", ">busy", ">done", ">failed", ">memory"),
            _workers(moment),
            "No worker is alive.",
        ),
        Text(),
        table(
            ("running", "function", ">attempt", "for", "worker"),
            [
                (
                    held.id,
                    held.function,
                    held.attempt,
                    span((codec.now() - held.since).total_seconds()),
                    worker,
                )
                for worker, held in shown
            ],
            "Nothing runs.",
        ),
    ]
    return Group(*parts)


def _queues(moment: Moment) -> list[tuple[Any, ...]]:
    return [
        (
            own.queue,
            *(own.queued.get(urgency, 0) for urgency in names.PRIORITIES),
            own.held,
            Text(str(own.workers), style="bold red" if own.waiting and not own.served else ""),
        )
        for own in moment.queues
    ]


def _workers(moment: Moment) -> list[tuple[Any, ...]]:
    return [
        (
            own.id,
            Text(own.state if not own.stuck else "stuck", style="red" if own.stuck else ""),
            f"{len(own.held)}/{own.slots}",
            own.completed,
            own.failed,
            size(own.memory),
        )
        for own in moment.workers
    ]
