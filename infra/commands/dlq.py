"""`revo dlq`: tasks that failed for good. Look, try again, or forget."""

import click

from infra.commands.console import state, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import shown
from subjects import errors
from subjects.client import Client, change
from subjects.messages import Accepted, DeadLetter


@click.group(no_args_is_help=True)
def dlq() -> None:
    """Tasks that failed for good."""


@dlq.command("ls", epilog=example("revo dlq ls --queue security"))
@click.option("--queue", default="*", help="Of this queue only.")
@reaching()
async def ls(reach: Reach, queue: str) -> None:
    """All dead letters, oldest first."""
    found = await reach.client.dead_letters(queue)
    rows = [
        (letter.id, letter.function, letter.error.type, letter.attempts, letter.at, letter.error.message)
        for letter in found
    ]
    empty = "No dead letters."
    reach.output.show(found, table(("id", "function", "error", ">attempts", "when", "message"), rows, empty))


@dlq.command(epilog=example("revo dlq show my-1"))
@click.argument("id")
@reaching()
async def show(reach: Reach, id: str) -> None:
    """One dead letter with its input."""
    letter = await _letter(reach.client, id)
    rows = [
        ("id", letter.id),
        ("function", letter.function),
        ("state", state("failed")),
        ("error", f"{letter.error.type}: {letter.error.message}"),
        ("attempts", letter.attempts),
        ("when", letter.at),
    ]
    reach.output.show(letter, table(("", ""), rows), "input", shown(bytes(letter.input)))


@dlq.command(
    epilog=example(
        "revo dlq requeue my-1",
        "revo dlq requeue --all --queue security",
    )
)
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter (of --queue).")
@click.option("--queue", default="*", help="With --all: of this queue only.")
@reaching()
async def requeue(reach: Reach, *, ids: tuple[str, ...], everything: bool, queue: str) -> None:
    """Try dead letters again, under the same ids."""
    letters = await _chosen(reach.client, ids, queue, everything=everything)
    answers = [await _again(reach.client, letter) for letter in letters]
    reach.output.show(answers, *(f"{answer.id} {answer.state}" for answer in answers))


@dlq.command(epilog=example("revo dlq drop my-1"))
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter (of --queue).")
@click.option("--queue", default="*", help="With --all: of this queue only.")
@reaching()
async def drop(reach: Reach, *, ids: tuple[str, ...], everything: bool, queue: str) -> None:
    """Forget dead letters; the failed results stay readable for their time."""
    letters = await _chosen(reach.client, ids, queue, everything=everything)
    for letter in letters:
        await reach.client.drop(letter.id)
    reach.output.show([letter.id for letter in letters], *(f"{letter.id} dropped" for letter in letters))


async def _letter(client: Client, id: str) -> DeadLetter:
    for letter in await client.dead_letters():
        if letter.id == id:
            return letter
    raise errors.NotFound(f"no dead letter {id!r}")


async def _chosen(client: Client, ids: tuple[str, ...], queue: str, *, everything: bool) -> list[DeadLetter]:
    if everything == bool(ids):
        raise click.UsageError("name some ids, or say --all")
    if everything:
        return await client.dead_letters(queue)
    return [await _letter(client, id) for id in ids]


async def _again(client: Client, letter: DeadLetter) -> Accepted:
    try:
        return await client.retry(letter.id)
    except errors.NotFound:
        # A dead letter is kept for longer than a result.
        return await change.revive(client.bus, letter)
