"""A memory on a real server, without a worker around it; and a model for embeddings that is a double."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from functions.adapters.memory.recall import Recall
from functions.adapters.memory.remember import TaskMemory
from functions.adapters.no_model import WithoutModel
from functions.ports import Embedded, ModelUse
from functions.settings import MemorySettings
from subjects.bus import Bus


class Embeds(WithoutModel):
    """Words to dimensions: texts that share words are near each other."""

    available = embeds = True

    def __init__(self, name: str = "double", size: int = 64) -> None:
        self.name = name
        self.size = size

    async def embed(self, texts: Sequence[str]) -> Embedded:
        vectors = []
        for text in texts:
            vector = np.zeros(self.size)
            for word in text.lower().split():
                vector[zlib.crc32(word.encode()) % self.size] += 1
            vectors.append(vector.tolist())
        return Embedded(vectors, ModelUse("test", self.name, True, 0, 0, 0, 0.0, 0.0))


@pytest.fixture
def memory(bus: Bus) -> Callable[..., TaskMemory]:
    """The memory of another worker each time: it knows nothing that is not in the stream."""

    def make(model: WithoutModel | None = None, most: int = 1_000_000) -> TaskMemory:
        return TaskMemory(Recall(bus, MemorySettings(most=most)), model or WithoutModel())

    return make


@pytest.fixture
def embeds() -> type[Embeds]:
    return Embeds


def holding(place: Path, text: bytes) -> list[str]:
    """The files below a directory that hold a text."""
    files = (file for file in place.rglob("*") if file.is_file())
    return [str(file.relative_to(place)) for file in files if text in file.read_bytes()]


@pytest.fixture
def files_with() -> Callable[[Path, bytes], list[str]]:
    return holding
