"""`revo analytics`: run the service alone; see what it keeps; bring it to Parquet; make its file anew."""

import asyncio
import os
from typing import Any

import click
import msgspec

from infra import settings
from infra.commands.console import Output, table
from infra.commands.example import example
from infra.commands.reach import Reach, output_option, quiet, reaching
from infra.commands.work import run_analytics, server_option

MEGABYTE = 1 << 20


@click.group(
    invoke_without_command=True,
    epilog=example(
        "REVOAGENT_NATS_URL=nats://nats:4222 revo analytics",
        "revo analytics status",
    ),
)
@server_option
@click.pass_context
def analytics(context: click.Context, server: str | None) -> None:
    """Run the analytics service on a NATS that is there already; or one of the commands below."""
    if context.invoked_subcommand is None:
        run_analytics(server)


@analytics.command(epilog=example("revo analytics status"))
@reaching()
async def status(reach: Reach) -> None:
    """How far each stream has been read, what is kept and for how long, and what went wrong with the file.

    Where more than two batches are left to read, also how fast that goes and for how long still.
    """
    names = ("positions", "storage", "file", "incidents")
    told = {name: await _rows(reach, name) for name in names}
    [file] = told["file"]
    reach.output.show(
        told,
        table(
            ("stream", ">read", ">last", ">behind", "newest", ">rows/s", ">seconds left"),
            [
                (
                    *(own[name] for name in ("stream", "sequence", "last_sequence", "behind", "stored_at")),
                    own["rows_per_s"],
                    own["seconds_left"],
                )
                for own in told["positions"]
            ],
        ),
        "",
        table(
            ("table", ">rows", "oldest", "newest", ">days kept", ">parquet files", ">MB"),
            [
                (
                    *(own[name] for name in ("table", "rows", "oldest", "newest", "keep_days", "files")),
                    _mb(own["file_bytes"]),
                )
                for own in told["storage"]
            ],
        ),
        "",
        f"file {_mb(file['file_bytes'])} MB, {_mb(file['used_bytes'])} in use; "
        f"process {_mb(file['process_bytes'])} MB",
        table(
            ("when", "what", "detail"),
            [(own["happened_at"], own["what"], own["detail"]) for own in told["incidents"]],
            "Nothing has gone wrong with it.",
        ),
    )


@analytics.command(epilog=example("revo analytics export", "revo analytics export --day 2030-01-31"))
@click.option("--day", metavar="DATE", help="Tell only of this day.")
@reaching()
async def export(reach: Reach, day: str | None) -> None:
    """Write to Parquet, now, what has changed since the last time: it happens by itself every ten minutes."""
    rows = await _rows(reach, "export", {} if day is None else {"day": day}, 300.0)
    shown = [(own["file"], own["rows"], own["bytes"]) for own in rows]
    reach.output.show(rows, table(("file", ">rows", ">bytes"), shown, "Nothing has changed."))


@analytics.command(epilog=example("revo analytics rebuild"))
@output_option()
def rebuild(form: str) -> None:
    """Make the file anew from Parquet, while the service is stopped; the streams bring the rest when it runs.

    What the old file has and Parquet has not is exported first; the old file stays beside the new one.
    """
    from analytics.retention import rebuilt  # noqa: PLC0415 - DuckDB is loaded for this command alone

    own = settings.load(os.environ)
    quiet(own)
    done = asyncio.run(rebuilt(msgspec.structs.replace(own.analytics, file=own.state / "analytics.duckdb")))
    output = Output(form)
    output.show(done, f"{done.rows} rows from Parquet; the old file is {done.moved_to}")


async def _rows(
    reach: Reach, query: str, given: dict[str, Any] | None = None, within: float = 10.0
) -> list[dict[str, Any]]:
    answer = await reach.client.query(query, given or {}, within)
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:,.1f}"
