"""What processes say to each other on `control.>`: heard now or never, kept nowhere."""

from typing import Annotated

from msgspec import Meta, Struct


class Yield(Struct, frozen=True):
    """To a worker: take nothing from this queue for so many seconds; others are there for it."""

    queue: str
    seconds: Annotated[float, Meta(gt=0, le=60)]
