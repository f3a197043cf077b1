"""`revo engine`: how engines do, their life, and the rules by which work comes to them."""

import click
from rich.text import Text

from infra import arguments
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec
from subjects.client import engines, lanes, rules
from subjects.client.collaborations import Collaboration, collaborations
from subjects.client.engines import Replaced
from subjects.client.lanes import Switched
from subjects.messages import QueueStatus

COLOURS = {
    "idle": "green",
    "processing": "cyan",
    "overloaded": "yellow",
    "error": "bold red",
    "stopped": "dim",
    "offline": "red",
    "completed": "green",
    "running": "cyan",
    "failed": "red",
    "moved": "yellow",
}


@click.group(no_args_is_help=True)
def engine() -> None:
    """Engines: status, start, stop, restart, routing, collaborations."""


@engine.command("ls", epilog=example("revo engine ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """All engines and how they do."""
    found = await engines.listed(reach.bus)
    empty = "No worker has announced an engine yet; `revo up` starts some."
    reach.output.show(found, table(COLUMNS, map(_row, found), empty))


COLUMNS = ("engine", "status", ">running", ">queued", ">workers", ">response ms", ">success %", ">per minute")


@engine.command(epilog=example("revo engine status creative", "revo engine status creative -o json"))
@click.argument("name")
@reaching()
async def status(reach: Reach, name: str) -> int:
    """How one engine does. Exit code 1 where it is in error or offline."""
    own = await engines.status(reach.bus, name)
    reach.output.show(own, table(COLUMNS, [_row(own)]))
    if own.current:
        reach.output.say(f"runs {', '.join(own.current)}")
    return 1 if own.status in ("error", "offline") else 0


@engine.command(epilog=example("revo engine start creative"))
@click.argument("name")
@reaching()
async def start(reach: Reach, name: str) -> None:
    """Let an engine work on."""
    _switched(reach, await engines.start(reach.bus, name))


@engine.command(epilog=example("revo engine stop creative"))
@click.argument("name")
@reaching()
async def stop(reach: Reach, name: str) -> None:
    """Let an engine end what runs and begin nothing. Its queue is kept."""
    _switched(reach, await engines.stop(reach.bus, name))


@engine.command(epilog=example("revo engine restart creative"))
@click.argument("name")
@click.option("--within", default=60.0, show_default=True, help="Seconds for all of it.")
@reaching()
async def restart(reach: Reach, *, name: str, within: float) -> int:
    """Replace the worker processes of an engine, one after the other; nothing is lost.

    A process goes with all the queues it serves. Exit code 1 where a worker could not be replaced.
    """

    def told(one: Replaced) -> None:
        reach.output.say(f"{one.old} -> {one.worker} (pid {one.pid}) after {one.seconds:.1f} s")

    before = await lanes.serving(reach.bus, engines.known(name))
    reach.output.say(f"{name}: {len(before)} worker processes to replace")
    done = await engines.restart(reach.bus, name, told, within)
    reach.output.show(done, f"{name}: {len(done.replaced)} of {len(before)} replaced")
    for id in done.alone:
        reach.output.say(f"{id} has no supervisor that would start it again; it was left at work")
    for id in done.missing:
        reach.output.say(f"{id} was told to go; its successor had not shown itself in time")
    return 1 if done.alone or done.missing else 0


@engine.command(epilog=example("revo engine routing", "revo engine routing --set rules.json"))
@click.option("--set", "given", metavar="FILE|JSON|-", help="New rules, from a file, as text or from stdin.")
@reaching()
async def routing(reach: Reach, given: str | None) -> None:
    """Which engine does what, and who stands in for it."""
    if given is None:
        own = await rules.current(reach.bus)
    else:
        plain = given if given.startswith(("{", "-", "@")) else f"@{given}"
        own = await rules.put(reach.bus, rules.read(codec.encode(arguments.read(plain))))
    rows = [
        (name, rule.engine, rule.fallback, rule.at_once, ", ".join(rule.types))
        for name, rule in own.rules.items()
    ]
    reach.output.show(own, table(("rule", "engine", "fallback", ">at once", "task types"), rows))


@engine.command("collaborations", epilog=example("revo engine collaborations --limit 5"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="At most so many.")
@reaching()
async def collaborating(reach: Reach, limit: int) -> None:
    """What jobs of several engines run now, and which ended lately, part by part."""
    found = await collaborations(reach.bus, limit)
    rows = [row for job in found for row in _job(job)]
    empty = "No job of several engines yet; `revo run coordinator.hybrid` makes one."
    reach.output.show(
        found, table(("task", "part", "state", "engine", "function", ">ms", "note"), rows, empty)
    )


def _job(job: Collaboration) -> list[tuple[object, ...]]:
    head = (job.id, job.function, _coloured(job.state), "", "", "", job.error)
    return [
        head,
        *(
            ("", part.part, _coloured(part.state), part.engine, part.function, part.ms, part.reason)
            for part in job.parts
        ),
    ]


def _row(own: QueueStatus) -> tuple[object, ...]:
    return (
        own.queue,
        _coloured(own.status),
        own.running,
        own.queued,
        own.workers,
        own.response_ms,
        own.success_rate,
        own.throughput,
    )


def _switched(reach: Reach, own: Switched) -> None:
    word = "stopped" if own.stopped else "started"
    text = f"{own.queue} is {word}" if own.changed else f"{own.queue} was {word} already"
    reach.output.show(own, f"{text}; {len(own.workers)} workers serve it")
    for id in own.silent:
        reach.output.say(f"{id} has not answered: it is gone, or hears of it a moment later")


def _coloured(state: str) -> Text:
    return Text(state, style=COLOURS.get(state, ""))
