"""What people thought of a task's result."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

KIND = "feedback"
"""The kind of measurement that a rating is stored as: `metric.<task>.feedback`."""
THUMBS: dict[str, int] = {"up": 5, "down": 1}
SATISFIED = 4
"""The lowest score of somebody who is content."""

Score = Annotated[int, Meta(ge=1, le=5, description="1 (useless) to 5 (just what was wanted).")]


class Rating(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A rating as it is given: a score or a thumb. Who rates the same task again changes his mind."""

    score: Score | None = None
    thumb: Annotated[Literal["up", "down"], Meta(description="up counts as 5, down as 1.")] | None = None
    comment: Annotated[str, Meta(max_length=2000)] = ""
    user: Annotated[
        str,
        Meta(
            min_length=1, max_length=64, description="Who rates; taken at his word, as there is no login yet."
        ),
    ] = "anonymous"


class Feedback(Struct, frozen=True):
    """A rating as it is kept, with what it is about."""

    task: str
    function: Annotated[str, Meta(description="Full name.")]
    agent: Annotated[str, Meta(description="Whose task it was; null where it was given to no agent.")] | None
    state: Annotated[str, Meta(description="How the task ended.")]
    user: str
    score: Score
    comment: str
    at: datetime
