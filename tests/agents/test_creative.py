"""creative without a queue: techniques, sets that differ, memory and models that may be missing."""

import msgspec
import pytest

from functions import function
from functions.adapters.projects import LocalProjects
from functions.adapters.sandbox import LocalSandbox
from functions.engines.techniques import GENERIC
from functions.ports import Embedded, ModelUse, Reply
from subjects.errors import InvalidInput, ModelFailed
from tests.agents.conftest import FakeHost
from tests.unit.engines.test_scores import embedded

PROBLEM = "How can we reduce the latency of the checkout page?"
USE = ModelUse("double", "ideas", True, 1, 1, 0, 0.0, 1.0)


class Inventive:
    """A model double with two ideas, one of them old."""

    available = True
    used = USE

    def __init__(self, embeds=False, failing=False):
        self.embeds = embeds
        self.failing = failing

    async def fill(self, prompt, kind):
        if self.failing:
            raise ModelFailed("no")
        ideas = ["Sell the checkout latency as a moment to breathe", "Cache rendered pages in Redis"]
        return msgspec.convert({"ideas": ideas}, kind), Reply("", [], "stop", USE)

    async def embed(self, texts):
        if self.failing:
            raise ModelFailed("no")
        return Embedded([embedded(text) for text in texts], USE)


@function("perfect_recall.memory_query")
async def remembering(query: str, namespace: str | None, limit: int) -> dict[str, object]:
    """Two memories of other work."""
    texts = ["Cache rendered pages in Redis", "The kitchen prepares the dough the evening before"]
    memories = [{"id": f"m{n}", "text": text, "namespace": "work"} for n, text in enumerate(texts)]
    return {"memories": memories, "semantic": False}


@pytest.fixture
def idle():
    """A host without memory and without a model."""
    return FakeHost(LocalSandbox("none", ""), LocalProjects(()))


@pytest.fixture
def remembers(idle):
    idle.functions[remembering.name] = remembering
    return idle


async def test_ideas_come_without_memory_and_without_a_model_and_say_so(idle):
    made = await idle.call("creative.creative_generation", {"problem": PROBLEM, "count": 6})
    assert len(made.candidates) == 6
    assert (made.mode, made.memory, made.model) == ("lexical", None, None)
    assert {own.origin for own in made.candidates} <= {"morphological", "scamper"}
    said = " ".join(made.notes)
    assert "memory was not consulted" in said
    assert "no language model" in said
    assert "feasibility counts as 1" in said
    assert made.diversity > 0.2
    assert made.candidates == sorted(made.candidates, key=lambda own: -own.score.innovation)


async def test_given_tables_are_combined_and_the_derivation_names_the_options(idle):
    tables = {"place": ["edge", "browser"], "moment": ["ahead", "on demand", "never"]}
    made = await idle.call(
        "creative.brainstorming",
        {"problem": PROBLEM, "parameters": tables, "techniques": ["morphological"], "count": 50},
    )
    chosen = [tuple(own.derivation["combination"].values()) for own in made.groups["morphological"]]
    assert made.total + made.dropped == 6
    assert len(set(chosen)) == len(chosen) > 1
    assert {place for place, _ in chosen} <= set(tables["place"])


async def test_memory_is_held_against_ideas_and_gives_analogies(remembers):
    made = await remembers.call("creative.brainstorming", {"problem": PROBLEM, "count": 60})
    assert made.memory == 2
    (first, *_) = made.groups["analogy"]
    assert (first.derivation["memory"], first.derivation["namespace"]) == ("m0", "work")
    assert set(made.groups) == {"morphological", "analogy", "scamper", "model"}
    judged = await remembers.call(
        "creative.innovation", {"problem": PROBLEM, "candidates": ["Cache rendered pages in Redis"]}
    )
    assert judged.candidates[0].score.novelty.nearest.id == "m0"
    assert judged.candidates[0].score.innovation == 0.0


async def test_a_models_ideas_are_scored_like_all_others(remembers):
    remembers.model = Inventive(embeds=True)
    few = {"problem": PROBLEM, "count": 50, "parameters": {"place": ["edge"]}}
    made = await remembers.call("creative.creative_generation", few)
    assert (made.mode, made.model) == ("semantic", USE)
    own = {each.text: each.score.innovation for each in made.candidates if each.origin == "model"}
    assert own["Sell the checkout latency as a moment to breathe"] > 0.3
    assert own["Cache rendered pages in Redis"] == 0.0


async def test_a_model_that_fails_takes_nothing_away(idle):
    idle.model = Inventive(embeds=True, failing=True)
    made = await idle.call("creative.creative_generation", {"problem": PROBLEM, "count": 3})
    assert (len(made.candidates), made.mode) == (3, "lexical")
    assert sum("failed" in note or "gave no ideas" in note for note in made.notes) == 2


async def test_the_same_seed_makes_the_same_ideas(idle):
    one, same, other = [
        await idle.call("creative.creative_generation", {"problem": PROBLEM, "seed": seed})
        for seed in (1, 1, 2)
    ]
    assert one.candidates == same.candidates != other.candidates


async def test_a_million_combinations_are_never_made(idle):
    tables = {f"t{n}": [f"option {n} {m}" for m in range(50)] for n in range(8)}
    made = await idle.call("creative.creative_generation", {"problem": PROBLEM, "parameters": tables})
    assert made.considered <= 120


@pytest.mark.parametrize(
    ("name", "input"),
    [
        ("creative_generation", {"problem": ""}),
        ("creative_generation", {"problem": PROBLEM, "count": 0}),
        ("creative_generation", {"problem": PROBLEM, "constraints": [{"check": "max_length"}]}),
        ("innovation", {"problem": PROBLEM, "candidates": []}),
        ("brainstorming", {"problem": PROBLEM, "techniques": ["telepathy"]}),
    ],
)
async def test_wrong_input_is_refused(idle, name, input):
    with pytest.raises(InvalidInput):
        await idle.call(f"creative.{name}", input)


@pytest.mark.parametrize("problem", ["???", "🙂🙂🙂", "to to to", "x" * 4000, "\n\n\n."])
async def test_odd_problems_are_answered(idle, problem):
    made = await idle.call("creative.creative_generation", {"problem": problem})
    assert all(0 <= own.score.innovation <= 1 for own in made.candidates)
    assert len(GENERIC) == 4


@function("perfect_recall.memory_query")
async def recalling_reviews(query: str, namespace: str | None, limit: int) -> dict[str, object]:
    """What a review has left."""
    kept = {
        "id": "last",
        "text": "Review of checkout: no findings in 3 files",
        "namespace": "review-checkout",
    }
    return {"memories": [kept], "semantic": False}


async def test_what_a_review_keeps_for_itself_is_no_idea(idle):
    idle.functions[recalling_reviews.name] = recalling_reviews
    made = await idle.call("creative.creative_generation", {"problem": PROBLEM, "count": 20})
    assert made.memory == 0
    assert not any("Review of" in idea.text for idea in made.candidates)
