"""`revo review`: one project, one task, one report."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Raw, Struct
from rich.constrain import Constrain

from functions.adapters.pack import pack
from functions.engines.reviews import Review
from functions.findings import SEVERITIES
from infra import address, report, sarif
from infra.commands import follow
from infra.commands.console import Output, write_json
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import show_result
from infra.settings import Settings
from infra.version import version
from subjects import codec
from subjects.client import Client
from subjects.messages import Submission

FUNCTION = "parallel_mind.review"
WIDTH = 120


class Wish(Struct, frozen=True):
    """How a review is to be made and judged."""

    min_severity: str = "info"
    fail_on: str = "high"
    most: int = 20
    complete: bool = False
    accept: tuple[str, ...] = ()
    because: str = ""
    remember: bool = True
    run: bool = True
    seconds: float = 60.0

    @property
    def input(self) -> dict[str, Any]:
        """What the function is told of it, beside the project."""
        accepted = [{"fingerprint": own, "because": self.because} for own in self.accept]
        wish = {"min_severity": self.min_severity, "remember": self.remember, "accept": accepted}
        return {**wish, "run": self.run, "seconds": self.seconds}


@click.command(
    epilog=example(
        "revo review .",
        "revo review ../other --fail-on medium -o sarif > findings.sarif",
    )
)
@click.argument(
    "path", type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True), default="."
)
@click.option(
    "--fail-on",
    type=click.Choice((*SEVERITIES, "never")),
    default="high",
    show_default=True,
    help="Exit with 1 when a finding is as severe as this.",
)
@click.option("--complete", is_flag=True, help="Exit with 1 also when a tool did not run.")
@click.option(
    "--min-severity", type=click.Choice(SEVERITIES), default="info", help="Leave out what is less severe."
)
@click.option("--most", default=20, show_default=True, help="Findings to list.")
@click.option("--accept", multiple=True, metavar="FINGERPRINT", help="Live with this finding from now on.")
@click.option("--because", default="", help="Why; goes with --accept.")
@click.option("--remember/--no-remember", default=True, help="Ask memory what was before, and tell it.")
@click.option("--run/--no-run", default=True, help="Run and profile the project's tests, in the sandbox.")
@click.option("--seconds", default=60.0, show_default=True, help="What each such run may take.")
@reaching("sarif")
async def review(reach: Reach, path: Path, **given: Any) -> int:
    """Review a Python project with the whole team, in parallel: ranked findings, conflicts, what is new."""
    if given["accept"] and len(given["because"]) < 3:
        raise click.UsageError("say why: --accept goes with --because")
    return await reviewed(reach, path, Wish(**given))


async def reviewed(reach: Reach, path: Path, wish: Wish) -> int:
    """Makes and prints the review of a directory; the exit code."""
    where = await place(reach.client, path, reach.settings)
    accepted = await reach.client.submit(Submission(FUNCTION, Raw(codec.encode({**where, **wish.input}))))
    quiet = Output("json") if reach.output.form != "table" else reach.output
    try:
        result = await follow.outcome(reach.client, accepted.id, quiet)
    except asyncio.CancelledError:
        reach.output.aside.print(f"the review goes on; `revo task wait {accepted.id}` waits for it again")
        raise
    if result.state != "completed":
        return await show_result(reach, result)
    found = msgspec.json.decode(await reach.client.output(result), type=Review)
    if reach.output.form == "sarif":
        write_json(sarif.document(found, version()))
    else:
        reach.output.show(found, Constrain(report.render(found, wish.most), WIDTH))
    return verdict(found, wish)


async def place(client: Client, path: Path, own: Settings) -> dict[str, str]:
    """How a worker gets at a directory: by its path where it may read there, else as a stored archive."""
    here = address.find(own.state, Path.cwd())
    local = here is not None and client.bus.settings.url == here.nats
    if local and here is not None and any(path.is_relative_to(root) for root in here.roots):
        return {"path": str(path)}
    data = await asyncio.to_thread(pack, path)
    reference = await client.objects("projects").put(hashlib.sha256(data).hexdigest(), data)
    return {"archive": reference.object}


def verdict(found: Review, wish: Wish) -> int:
    """The exit code that a review deserves."""
    limit = SEVERITIES.index(wish.fail_on) if wish.fail_on in SEVERITIES else -1
    bad = any(found.counts.get(severity) for severity in SEVERITIES[: limit + 1])
    return int(bad or (wish.complete and found.status != "ok"))
