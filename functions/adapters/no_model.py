"""The model of a system without one: it says so, and nothing asks it twice."""

from collections.abc import AsyncIterator, Sequence
from typing import NoReturn, TypeVar

from functions.ports import Embedded, ModelUse, Prompt, Reply
from subjects.errors import NoModel

T = TypeVar("T")


class WithoutModel:
    """Implements `functions.ports.Model` where no provider is configured."""

    available = False
    embeds = False
    used: ModelUse | None = None

    async def ask(self, prompt: Prompt) -> Reply:
        """NoModel."""
        _refuse(prompt)

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Reply]:
        """NoModel."""
        yield await self.ask(prompt)

    async def fill(self, prompt: Prompt, kind: type[T]) -> tuple[T, Reply]:
        """NoModel."""
        del kind
        _refuse(prompt)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """NoModel."""
        _refuse(texts)


def _refuse(asked: object) -> NoReturn:
    del asked
    raise NoModel("no language model is configured; `revo doctor` says how")
