"""The sentence model all-MiniLM-L6-v2 in numpy: six layers of BERT, the mean of the last one, at length one.

Reads the files of a model directory (`model.safetensors`, `vocab.txt`); no code from there is run.
The formulas are those of Devlin et al. (2018); GELU by its tanh form, which hardly moves a cosine.
"""

import hashlib
import json
import math
import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.adapters.memory.wordpiece import WordPiece
from subjects.errors import Unavailable

Floats = NDArray[np.float32]

HEADS = 12
MOST = 256
"""Tokens that the model was trained to read; the rest of a longer text is not seen."""
BATCH = 16


class MiniLM:
    """Embeds texts in this process. A short question takes about 10 ms of one core."""

    def __init__(self, directory: Path) -> None:
        try:
            self._words = WordPiece.load(directory / "vocab.txt")
            weights, digest = _weights(directory / "model.safetensors")
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable(f"no embedding model in {directory}: {error}") from None
        self.name = f"all-MiniLM-L6-v2-{digest[:8]}"
        self._tables = [
            weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        ]
        self._norm = _pair(weights, "embeddings.LayerNorm")
        count = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
        self._layers = [_Layer(weights, f"encoder.layer.{number}.") for number in range(count)]

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """A vector of length one for each text."""
        cut = [self._words.ids(text, MOST) for text in texts]
        order = sorted(range(len(cut)), key=lambda place: len(cut[place]))
        found: list[Floats] = [np.empty(0, dtype=np.float32)] * len(cut)
        # Texts of about the same length together, so that little of a batch is padding.
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            for place, vector in zip(places, self._batch([cut[place] for place in places]), strict=True):
                found[place] = vector
        return found

    def _batch(self, cut: list[list[int]]) -> Floats:
        longest = max(len(ids) for ids in cut)
        ids = np.zeros((len(cut), longest), dtype=np.int64)
        there = np.zeros((len(cut), longest), dtype=np.float32)
        for row, own in enumerate(cut):
            ids[row, : len(own)] = own
            there[row, : len(own)] = 1
        words, positions, kinds = self._tables
        state = _normed(words[ids] + (positions[:longest] + kinds[0]), self._norm)
        hidden = None if there.all() else ((1 - there) * np.float32(-1e9))[:, None, None, :]
        for layer in self._layers:
            state = layer(state, hidden)
        mean = (state * there[:, :, None]).sum(axis=1) / there.sum(axis=1)[:, None]
        made: Floats = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return made


class _Layer:
    def __init__(self, weights: dict[str, Floats], head: str) -> None:
        own = [_pair(weights, f"{head}attention.self.{name}") for name in ("query", "key", "value")]
        self._asks = np.ascontiguousarray(np.concatenate([weight for weight, _ in own]).T)
        self._asks_bias = np.concatenate([bias for _, bias in own])
        self._joins = _dense(weights, f"{head}attention.output.dense")
        self._joins_norm = _pair(weights, f"{head}attention.output.LayerNorm")
        self._widens = _dense(weights, f"{head}intermediate.dense")
        self._narrows = _dense(weights, f"{head}output.dense")
        self._narrows_norm = _pair(weights, f"{head}output.LayerNorm")

    def __call__(self, state: Floats, hidden: Floats | None) -> Floats:
        count, length, width = state.shape
        asked = (state.reshape(-1, width) @ self._asks + self._asks_bias).reshape(count, length, 3, HEADS, -1)
        query, key, value = asked.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= 1 / math.sqrt(width // HEADS)
        if hidden is not None:
            scores += hidden
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        joined = (scores @ value).transpose(0, 2, 1, 3).reshape(-1, width)
        flat = _normed(joined @ self._joins[0] + self._joins[1] + state.reshape(-1, width), self._joins_norm)
        wide = _gelu(flat @ self._widens[0] + self._widens[1])
        flat = _normed(wide @ self._narrows[0] + self._narrows[1] + flat, self._narrows_norm)
        return flat.reshape(count, length, width)


def _normed(state: Floats, norm: tuple[Floats, Floats]) -> Floats:
    state = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.einsum("...i,...i->...", state, state) / state.shape[-1] + 1e-12)
    state /= spread[..., None]
    state *= norm[0]
    state += norm[1]
    return state


def _gelu(state: Floats) -> Floats:
    inner = state * state
    inner *= 0.044715
    inner += 1
    inner *= state
    inner *= math.sqrt(2 / math.pi)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= state
    inner *= 0.5
    return inner


def _pair(weights: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _dense(weights: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    weight, bias = _pair(weights, name)
    return np.ascontiguousarray(weight.T), bias


def _weights(file: Path) -> tuple[dict[str, Floats], str]:
    """The tensors of a safetensors file, and its SHA-256."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        size = int.from_bytes(data[:8], "little")
        head = json.loads(data[8 : 8 + size])
        found: dict[str, Floats] = {}
        for name, told in head.items():
            if name != "__metadata__" and told["dtype"] == "F32":
                begin, end = told["data_offsets"]
                piece = np.frombuffer(data[8 + size + begin : 8 + size + end], dtype=np.float32)
                found[name] = piece.reshape(told["shape"])
        return found, hashlib.sha256(data).hexdigest()
