"""`revo function`: what there is to run."""

import click

from infra.commands.console import table, write_json
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import describe, known


@click.group(no_args_is_help=True)
def function() -> None:
    """Functions that workers have announced."""


@function.command("ls", epilog=example("revo function ls"))
@click.option("--queue", default="", help="Of this queue only.")
@reaching()
async def ls(reach: Reach, queue: str) -> None:
    """All functions, and how many workers serve each."""
    workers = (await reach.client.workers()).values()
    found = sorted((await reach.client.functions()).values(), key=lambda own: own.name)
    found = [own for own in found if queue in ("", own.name.partition(".")[0])]
    rows = [
        (
            own.name,
            sum(own.name in worker.functions for worker in workers),
            own.description.partition("\n")[0],
        )
        for own in found
    ]
    empty = "No worker has announced a function yet; `revo up` or `revo work my.module` starts one."
    reach.output.show(found, table(("function", ">workers", "what it does"), rows, empty))


@function.command(epilog=example("revo function show security.scan"))
@click.argument("name")
@reaching()
async def show(reach: Reach, name: str) -> None:
    """What a function does and takes."""
    describe(reach.output, await known(reach.client, name, force=False))


@function.command(epilog=example("revo function schema security.scan > scan.schema.json"))
@click.argument("name")
@click.option("--out", "output_schema", is_flag=True, help="Of its output instead of its input.")
@reaching()
async def schema(reach: Reach, *, name: str, output_schema: bool) -> None:
    """The JSON Schema of its input."""
    info = await known(reach.client, name, force=False)
    if info is not None:
        write_json(info.output_schema if output_schema else info.input_schema)
