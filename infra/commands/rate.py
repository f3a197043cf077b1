"""`revo task rate`: what somebody thinks of a task's result."""

import getpass
from typing import Any

import click
import msgspec

from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import errors
from subjects.client import ratings
from subjects.feedback import Rating


@click.command(epilog=example('revo task rate my-1 4 --comment "missed one file"', "revo task rate my-1 up"))
@click.argument("id")
@click.argument("score", metavar="1-5|up|down")
@click.option("--comment", default="", metavar="TEXT", help="Why.")
@click.option("--user", default=None, metavar="NAME", help="Who rates; your login where left out.")
@reaching()
async def rate(reach: Reach, *, id: str, score: str, comment: str, user: str | None) -> None:
    """Say what you think of a task's result. Rating it again replaces what you said."""
    own: dict[str, Any] = {"thumb": score} if score in ("up", "down") else {"score": score}
    own |= {"comment": comment, "user": (user or _login())[:64]}
    try:
        rating = msgspec.convert(own, Rating, strict=False)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(str(error)) from None
    feedback = await ratings.give(reach.bus, id, rating)
    reach.output.show(feedback, f"{feedback.task}: {feedback.score} of 5 by {feedback.user}")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "anonymous"
