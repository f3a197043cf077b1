"""The innovation score: what is copied, said again, off topic or nonsense scores nothing."""

import pytest

from functions.engines.background import BACKGROUND
from functions.engines.constraints import Constraint
from functions.engines.likeness import Lexical, Semantic, diversity, stems
from functions.engines.scores import TARGET, Known, Measure

PROBLEM = "How can we reduce the latency of the checkout page?"
MEMORY = (
    Known("memory", "Cache rendered pages in Redis for five minutes", "m1"),
    Known("memory", "Nightly job compresses the logs", "m2"),
)
IDEA = "Split checkout into a fast confirmation and a slow background settlement"

SAME = {"latency": "delay", "pag": "screen", "render": "drawn", "cach": "keep", "redis": "stor"}
"""Words that mean the same, for a model double that knows it."""


def embedded(text):
    """A vector with one place for each meaning: what a model does, in small."""
    vector = [0.0] * 1024
    for stem in stems(text):
        meaning = SAME.get(stem, stem)
        vector[sum(ord(sign) * 31**place for place, sign in enumerate(meaning)) % 1021] += 1.0
    return vector


def semantic(*texts):
    every = (*texts, *BACKGROUND, PROBLEM, *(own.text for own in MEMORY))
    return Semantic({text: embedded(text) for text in every})


@pytest.fixture(params=["lexical", "semantic"])
def score(request):
    def scored(text, known=MEMORY, constraints=()):
        likeness = Lexical() if request.param == "lexical" else semantic(text, *(own.text for own in known))
        return Measure(likeness, PROBLEM, constraints).score(text, known)

    return scored


def test_a_new_idea_on_the_problem_passes_the_target(score):
    found = score(IDEA)
    assert found.innovation > TARGET
    product = found.novelty.value * found.relevance.value * found.feasibility.value
    assert found.innovation == pytest.approx(product, abs=0.001)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Cache rendered pages in Redis for five minutes", "memory"),
        ("For five minutes, rendered pages are cached in Redis!", "memory"),
        ("Reduce the latency of the checkout page", "problem"),
    ],
)
def test_a_copy_or_the_same_words_in_another_order_is_no_news(score, text, nearest):
    found = score(text)
    assert found.innovation < 0.25
    assert found.novelty.nearest.kind == nearest


def test_the_same_in_other_words_is_seen_by_embeddings_alone():
    text = "Keep drawn screens in a store for five minutes"
    assert Measure(semantic(text), PROBLEM, ()).novelty(text, MEMORY).value < 0.3
    assert Measure(Lexical(), PROBLEM, ()).novelty(text, MEMORY).value > 0.5


@pytest.mark.parametrize(
    "text", ["Paint the walls green", "xqzv plk wrrt bnmg", "", "🙂", "Lorem ipsum dolor sit amet"]
)
def test_what_has_nothing_to_do_with_the_problem_scores_nothing(score, text):
    found = score(text)
    assert (found.innovation, found.relevance.value) == (0.0, 0.0)
    assert found.relevance.z < found.relevance.gate


def test_the_second_of_two_equal_ideas_is_no_news(score):
    assert score(IDEA, [*MEMORY, Known("sibling", IDEA)]).innovation == 0.0


def test_feasibility_is_the_share_of_checks_that_passed(score):
    checks = [Constraint("must_include", ["checkout"]), Constraint("must_not", "slow")]
    found = score(IDEA, constraints=checks)
    assert found.feasibility.value == 0.5
    assert [(own.check, own.passed, own.why) for own in found.feasibility.checks] == [
        ("must_include", True, "has all of them"),
        ("must_not", False, "has slow"),
    ]


@pytest.mark.parametrize(
    ("constraint", "text", "passed"),
    [
        (Constraint("one_of", ["Redis", "queue"]), "a queue", True),
        (Constraint("must_not", "cat"), "concatenate", True),
        (Constraint("max_words", 2), "one two three", False),
        (Constraint("max_length", 5), "12345", True),
        (Constraint("min_length", 5), "1234", False),
        (Constraint("python"), "def f(:", False),
        (Constraint("python"), "x = 1", True),
        (Constraint("json"), '{"a": 1}', True),
        (Constraint("json"), "{", False),
    ],
)
def test_each_check_says_whether_it_passed(constraint, text, passed):
    (found,) = Measure(Lexical(), PROBLEM, [constraint]).score(text, ()).feasibility.checks
    assert found.passed is passed
    assert found.why


@pytest.mark.parametrize(("check", "value"), [("must_include", None), ("max_length", "ten"), ("one_of", [])])
def test_a_check_without_what_it_needs_is_refused(check, value):
    with pytest.raises(ValueError, match=check):
        Constraint(check, value)


def test_diversity_belongs_to_the_set():
    assert diversity(Lexical(), [IDEA, IDEA]) == 0.0
    assert diversity(Lexical(), [IDEA, "Paint the walls green"]) > 0.9
    assert diversity(Lexical(), [IDEA]) == 0.0
