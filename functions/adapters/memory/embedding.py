"""Where vectors come from: a model in a directory, the configured language models, or nowhere."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from functions.ports import Model

if TYPE_CHECKING:
    from functions.adapters.memory.minilm import MiniLM


class Vectors(Struct, frozen=True):
    """A vector for each text, and the name of the model that made them."""

    model: str
    vectors: Sequence[Sequence[float]]


class Embedder(Protocol):
    """Makes vectors of texts."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector for each text."""
        ...


class LocalEmbedder:
    """A model of this machine, loaded when it is first asked; one text or batch at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._model: MiniLM | None = None
        self._turn = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector for each text, made in a thread."""
        async with self._turn:
            return await asyncio.to_thread(self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if self._model is None:
            from functions.adapters.memory.minilm import MiniLM  # noqa: PLC0415 - loads numpy

            self._model = MiniLM(self._directory)
        return Vectors(self._model.name, self._model.embed(texts))  # type: ignore[arg-type]


class ModelEmbedder:
    """The embeddings of the configured language models."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector for each text, from the configured endpoint."""
        made = await self._model.embed(texts)
        return Vectors(made.use.name, made.vectors)
