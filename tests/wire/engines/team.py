"""Two engines of the tests' own, and rules for them: what alpha does, beta can do in its place."""

import asyncio
from pathlib import Path
from typing import Any

from functions import Context, function
from functions.engines.coordinator import FUNCTIONS
from subjects.routing import Routing, Rule

RULES = Routing(
    {"work": Rule(["work", "hold"], "alpha", "beta", 2)}, ["alpha"], patience=20.0, trial_every=0.05
)


class Place:
    """What the engines do, and what a test lets them do."""

    def __init__(self) -> None:
        self.broken = False
        self.gate = asyncio.Event()
        self.at_work = 0
        self.most = 0
        self.ran: list[str] = []

    async def work(self, engine: str, text: str) -> dict[str, str]:
        self.ran.append(engine)
        if self.broken and engine == "alpha":
            raise RuntimeError("broken by command")
        return {"by": engine, "text": text}

    async def hold(self) -> str:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        try:
            await self.gate.wait()
        finally:
            self.at_work -= 1
        return "held"

    def alpha(self) -> list[Any]:
        """The functions of the engine alpha."""

        @function("alpha.work", max_attempts=1)
        async def work(text: str) -> dict[str, str]:
            return await self.work("alpha", text)

        @function("alpha.hold")
        async def hold() -> str:
            return await self.hold()

        return [work, hold]

    def beta(self) -> list[Any]:
        """The engine that stands in."""

        @function("beta.stand_in")
        async def stand_in(input: dict[str, Any]) -> Any:
            if input["function"] == "alpha.hold":
                return await self.hold()
            return await self.work("beta", input["input"]["text"])

        return [stand_in]


@function("steps.note")
async def note(marks: str, text: str, wait_for: str = "", ctx: Context | None = None) -> str:
    """Notes that it ran; then waits for a file to appear."""
    with Path(marks).open("a") as file:  # noqa: ASYNC230 - one line
        file.write(text + "\n")
    while wait_for and not Path(wait_for).exists():  # noqa: ASYNC110, ASYNC240 - a fact of the test
        await asyncio.sleep(0.02)
    return text


COORDINATOR = FUNCTIONS
