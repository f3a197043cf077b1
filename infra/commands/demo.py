"""`revo demo`: the first thing that anybody sees."""

from pathlib import Path

import click
import msgspec

from infra import address, logs, stack
from infra.commands.console import Output
from infra.commands.example import example
from infra.commands.reach import Reach
from infra.commands.review import Wish, reviewed
from infra.commands.up import planned, started
from infra.link import linked
from infra.part import run as run_loop
from infra.stack import Plan
from subjects import errors
from subjects.client import Client
from subjects.client.submit import Door


@click.command(
    epilog=example(
        "revo demo",
        "revo demo ../my-project --once",
    )
)
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
@click.option("--once", is_flag=True, help="End after the review.")
def demo(*, path: Path, once: bool) -> int:
    """Start everything here, review a directory (this one), and stay up."""
    logs.configure("error")
    return run_loop(_demo(planned({}), path.resolve(), once=once))


async def _demo(plan: Plan, path: Path, *, once: bool) -> int:
    output = Output()
    here = address.find(plan.settings.state, Path.cwd())
    if here is not None:
        output.say(f"a stack runs here already (pid {here.pid}); the review goes to it\n")
        return await _review(here.nats, plan, path, output)
    async with started(plan, output) as (supervisor, where):
        output.say(f"\nrevo review {path}\n")
        try:
            code = await _review(where.nats, plan, path, output)
        except errors.RevoError as error:
            if once:
                raise
            click.echo(f"revo: {error.message}", err=True)
            code = 1
        if once:
            return code
        output.say(
            f"\nEverything stays up. In another terminal: revo top, revo function ls, or\n"
            f"  curl -s {where.http}/health\nCtrl-C ends it in order; {where.state} keeps what was done."
        )
        await stack.until_signal(supervisor)
    return 0


async def _review(nats: str, plan: Plan, path: Path, output: Output) -> int:
    async with linked(msgspec.structs.replace(plan.settings.nats, url=nats, name="revo-cli")) as bus:
        return await reviewed(
            Reach(Client(bus, Door("cli")), output, plan.settings), path, Wish(fail_on="never", run=False)
        )
