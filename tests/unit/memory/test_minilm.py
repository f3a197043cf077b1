"""The sentence model in numpy, against the plain formulas on a small model made here."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from functions.adapters.memory.minilm import HEADS, MiniLM
from subjects.errors import Unavailable

WIDTH, WIDE, LAYERS = 24, 48, 2
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "fox", "##es", "run", "."]


@pytest.fixture
def weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    made = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (32, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        head = f"encoder.layer.{layer}."
        dense = {f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        dense |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (WIDE, WIDTH)}
        dense |= {"output.dense": (WIDTH, WIDE)}
        for name, shape in dense.items():
            made |= {f"{head}{name}.weight": shape, f"{head}{name}.bias": shape[:1]}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            made |= {f"{head}{name}.weight": (WIDTH,), f"{head}{name}.bias": (WIDTH,)}
    return {name: random.standard_normal(shape).astype(np.float32) * 0.3 for name, shape in made.items()}


@pytest.fixture
def directory(tmp_path: Path, weights: dict[str, np.ndarray]) -> Path:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    head, body = {}, b""
    for name, value in weights.items():
        begin, body = len(body), body + value.tobytes()
        head[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [begin, len(body)]}
    told = json.dumps(head).encode()
    (tmp_path / "model.safetensors").write_bytes(len(told).to_bytes(8, "little") + told + body)
    return tmp_path


def plain(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """The same by the book: one text, no padding, double precision, the exact GELU."""
    own = {name: value.astype(np.float64) for name, value in weights.items()}

    def dense(state: np.ndarray, name: str) -> np.ndarray:
        return state @ own[f"{name}.weight"].T + own[f"{name}.bias"]

    def norm(state: np.ndarray, name: str) -> np.ndarray:
        spread = np.sqrt(state.var(axis=-1, keepdims=True) + 1e-12)
        centred = (state - state.mean(axis=-1, keepdims=True)) / spread
        return centred * own[f"{name}.weight"] + own[f"{name}.bias"]

    state = own["embeddings.word_embeddings.weight"][ids]
    state = state + own["embeddings.position_embeddings.weight"][: len(ids)]
    state = norm(state + own["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        head = f"encoder.layer.{layer}."
        query, key, value = (
            dense(state, f"{head}attention.self.{name}") for name in ("query", "key", "value")
        )
        parts = []
        for part in np.split(np.arange(WIDTH), HEADS):
            scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(len(part)))
            parts.append(scores / scores.sum(axis=-1, keepdims=True) @ value[:, part])
        joined = dense(np.concatenate(parts, axis=1), f"{head}attention.output.dense")
        state = norm(joined + state, f"{head}attention.output.LayerNorm")
        wide = dense(state, f"{head}intermediate.dense")
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        state = norm(dense(wide, f"{head}output.dense") + state, f"{head}output.LayerNorm")
    mean = state.mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_a_batch_gives_what_the_formulas_give_for_each_text(directory: Path, weights: dict[str, np.ndarray]):
    texts = {"the foxes run.": [2, 4, 5, 6, 7, 8, 3], "Fox": [2, 5, 3], "run unknown": [2, 7, 1, 3]}
    made = MiniLM(directory).embed(list(texts))
    for vector, ids in zip(made, texts.values(), strict=True):
        assert vector.dtype == np.float32
        assert float(vector @ plain(weights, ids)) > 0.9999


def test_a_directory_without_a_model_is_told_by_its_name(tmp_path: Path):
    with pytest.raises(Unavailable, match="no embedding model in"):
        MiniLM(tmp_path)
