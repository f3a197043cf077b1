"""`revo artifact`: files that functions made, and files for functions to read."""

import asyncio
import sys
from pathlib import Path

import click

from functions.adapters.artifacts import StoredArtifacts
from infra.commands.console import size
from infra.commands.example import example
from infra.commands.reach import Reach, reaching

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(no_args_is_help=True)
def artifact() -> None:
    """Files that functions made, by reference."""


@artifact.command("get", epilog=example("revo artifact get artifacts/3f1c... --to report.html"))
@click.argument("ref")
@click.option("--to", type=FILE, help="The file to write; standard output where it is left out.")
@reaching()
async def get(reach: Reach, *, ref: str, to: Path | None) -> None:
    """Fetch a file by its reference or its SHA-256."""
    data = await _artifacts(reach).get(ref if "/" in ref else f"artifacts/{ref}")
    if to is None:
        sys.stdout.buffer.write(data)
        return
    await asyncio.to_thread(to.write_bytes, data)
    reach.output.show({"file": str(to), "size": len(data)}, f"{to}  {size(len(data))}")


@artifact.command("put", epilog=example("revo artifact put coverage.json"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reaching()
async def put(reach: Reach, *, file: Path) -> None:
    """Store a file; the reference that functions take is printed."""
    made = await _artifacts(reach).put(file.name, await asyncio.to_thread(file.read_bytes))
    reach.output.show(made, made.ref)


def _artifacts(reach: Reach) -> StoredArtifacts:
    return StoredArtifacts(reach.client.objects("artifacts"))
