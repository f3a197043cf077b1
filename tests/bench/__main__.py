"""`python -m tests.bench`: all cases in one run, as ratios."""

import argparse
import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

import msgspec
import structlog
import uvloop
from rich.console import Console

from tests.bench import report
from tests.bench.cases import CASES
from tests.bench.figures import Row, Scale, Skipped


def main() -> None:
    """Run what is asked for; exit code 1 where something did not run."""
    given = _arguments()
    # A gateway in this process would tell of every request.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(width=None if sys.stdout.isatty() else 160)
    where = report.machine()
    began = time.monotonic()
    rows, troubles = uvloop.run(_until_told(given, console))
    took = time.monotonic() - began
    console.print(report.table(rows))
    console.print(f"{where}; took {took:.0f} s", highlight=False)
    if given.markdown:
        given.markdown.write_text(f"{report.markdown(rows)}\n\n{where}.\n")
    if given.json:
        ratios = [{**msgspec.to_builtins(row), "ratio": row.ratio, "met": row.met} for row in rows]
        body = {
            "machine": where,
            "seconds": took,
            "quick": given.quick,
            "rows": ratios,
            "did_not_run": troubles,
        }
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(body)) + b"\n")
    for case, why in troubles.items():
        console.print(f"DID NOT RUN: {case}: {why}", style="bold red", markup=False)
    sys.exit(1 if troubles else 0)


async def _until_told(given: argparse.Namespace, console: Console) -> tuple[list[Row], dict[str, str]]:
    own = asyncio.current_task()
    assert own is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, own.cancel)
    rows: list[Row] = []
    troubles: dict[str, str] = {}
    for name in given.only or CASES:
        began = time.monotonic()
        try:
            rows += await CASES[name](Scale(given.quick))
        except Skipped as why:
            troubles[name] = str(why)
        except Exception as error:
            troubles[name] = f"{type(error).__name__}: {error}"
        console.print(f"{name}: {time.monotonic() - began:.1f} s", style="dim", highlight=False)
    return rows, troubles


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke of about a minute")
    parser.add_argument("--only", action="append", choices=list(CASES), help="one case; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values there")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the table of docs/benchmarks.md there"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
