"""The models as one task sees them."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import TypeVar

from functions.adapters.models import words
from functions.adapters.models.calling import Asker, Caller, Question
from functions.adapters.models.endpoint import Endpoint
from functions.adapters.models.filling import filled
from functions.adapters.models.models import Models
from functions.adapters.models.words import Answer, Vectors
from functions.ports import Embedded, ModelUse, Prompt, Reply
from functions.providers import ModelEntry

T = TypeVar("T")

MOST_TEXTS = 256
"""Texts in one call for embeddings; more of them become several calls."""


class TaskModel:
    """Implements `functions.ports.Model`. `told` hears what the task has used, after every call."""

    def __init__(self, models: Models, asker: Asker, told: Callable[[ModelUse], None]) -> None:
        self._models = models
        self._caller = Caller(models, asker, told)

    @property
    def available(self) -> bool:
        """Whether a model can be asked."""
        return self._models.has("chat")

    @property
    def embeds(self) -> bool:
        """Whether a model for embeddings can be asked."""
        return self._models.has("embedding")

    @property
    def used(self) -> ModelUse | None:
        """What all calls of the task took, the ones that failed included."""
        return self._caller.used

    async def ask(self, prompt: Prompt) -> Reply:
        """The answer of the first model that gives one."""

        async def whole(
            endpoint: Endpoint, model: ModelEntry, most: int | None
        ) -> AsyncGenerator[Answer, None]:
            yield await endpoint.ask(model, prompt, most)

        return await _last(self._caller.first(_chat(prompt, whole)), Reply)

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Reply]:
        """The pieces as they come, then the whole."""

        def pieces(
            endpoint: Endpoint, model: ModelEntry, most: int | None
        ) -> AsyncGenerator[str | Answer, None]:
            return endpoint.stream(model, prompt, most)

        async with contextlib.aclosing(self._caller.first(_chat(prompt, pieces))) as found:
            async for piece in found:
                if isinstance(piece, str | Reply):
                    yield piece

    async def fill(self, prompt: Prompt, kind: type[T]) -> tuple[T, Reply]:
        """The answer as a typed value."""
        return await filled(self.ask, prompt, kind)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """A vector for each text, all by one model: those of two models cannot be compared."""
        found = await self._embedded(texts[:MOST_TEXTS], "auto")
        for start in range(MOST_TEXTS, len(texts), MOST_TEXTS):
            same = f"{found.use.provider}/{found.use.name}"
            more = await self._embedded(texts[start : start + MOST_TEXTS], same)
            found = Embedded(found.vectors + more.vectors, found.use.plus(more.use))
        return found

    async def _embedded(self, texts: Sequence[str], name: str) -> Embedded:
        own = list(texts)

        async def whole(
            endpoint: Endpoint, model: ModelEntry, most: int | None
        ) -> AsyncGenerator[Vectors, None]:
            del most
            yield await endpoint.embed(model, own)

        size = sum(map(len, own)) // words.CHARACTERS + len(own)
        return await _last(self._caller.first(Question(whole, size, name, "embedding")), Embedded)


def _chat(prompt: Prompt, put: Callable[..., AsyncGenerator[str | Answer, None]]) -> Question:
    return Question(put, words.estimated(prompt), prompt.model, local_only=prompt.local_only)


async def _last(pieces: AsyncGenerator[str | Reply | Embedded, None], kind: type[T]) -> T:
    """What is not a piece but the whole."""
    found = [piece async for piece in pieces if isinstance(piece, kind)]
    return found[-1]
