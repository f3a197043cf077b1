"""One thing that was looked at."""

from typing import Literal

from msgspec import Struct

Level = Literal["ok", "warn", "bad"]


class Check(Struct, frozen=True):
    """One thing that was looked at. `mend` says what to do where it is not ok."""

    level: Level
    name: str
    found: str
    mend: str = ""
