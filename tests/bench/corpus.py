"""Real texts for the benchmarks of memory: sentences of the docstrings of what is installed here.

Their vectors are made by the sentence model that REVOAGENT_EMBEDDING names (25 minutes for 100,000 on one
core; kept in the temporary directory). Without one they are made up, in clusters, and the table says so.
"""

import ast
import hashlib
import os
import random
import sysconfig
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.adapters.memory.minilm import MiniLM
from functions.settings import MemorySettings

WORDS = 12
"""Words of a text: with more, making the vectors would take hours."""
MADE_UP = 384

Floats = NDArray[np.float32]


def model() -> MiniLM | None:
    """The sentence model of this machine, or None."""
    directory = MemorySettings(os.environ.get("REVOAGENT_EMBEDDING", "none")).directory
    return None if directory is None else MiniLM(directory)


def texts(count: int) -> list[str]:
    """So many different texts, always the same ones on one machine, in no order."""
    found: dict[str, None] = {}
    for paragraph in _paragraphs():
        words = paragraph.split()
        if len(words) >= 6:
            found[" ".join(words[:WORDS])] = None
        if len(found) >= 1.2 * count:
            break
    made = list(found)
    random.Random(1).shuffle(made)
    while len(made) < count:
        made += [f"{one} {len(made)}" for one in made[: count - len(made)]]
    return made[:count]


def vectors(said: list[str], own: MiniLM | None) -> Floats:
    """A vector of length one for each text."""
    if own is None:
        return _made_up(len(said))
    digest = hashlib.sha256("\n".join([own.name, *said]).encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"revo-bench-vectors-{digest}.npy"
    if not kept.exists():
        made = np.empty((len(said), MADE_UP), dtype=np.float16)
        for start in range(0, len(said), 512):
            made[start : start + 512] = own.embed(said[start : start + 512])
        np.save(kept, made)
    loaded: Floats = np.load(kept).astype(np.float32)
    return loaded


def _made_up(count: int) -> Floats:
    chance = np.random.default_rng(7)
    # A few strong directions and many weak ones, and topics: as the vectors of real sentences are spread.
    strength = 1 / np.sqrt(1 + np.arange(MADE_UP) / 20)
    topics = chance.standard_normal((max(1, count // 50), MADE_UP)) * strength
    noise = chance.standard_normal((count, MADE_UP)) * strength
    made = topics[chance.integers(0, len(topics), count)] + 0.8 * noise
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def _paragraphs() -> Iterator[str]:
    warnings.simplefilter("ignore")
    for root in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")):
        for file in sorted(Path(root).rglob("*.py")):
            try:
                tree = ast.parse(file.read_text("utf-8"))
            except (SyntaxError, ValueError, OSError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                    yield from (ast.get_docstring(node) or "").split("\n\n")
