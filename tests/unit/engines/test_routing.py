"""Every rule by which work comes to an engine, as a function of facts."""

import pytest

from subjects import errors, routing
from subjects.routing import DEFAULT, EngineFacts, Routing, Rule, checked, choose


def facts(**changes):
    """All three engines, idle with one worker each, but for what is said."""
    own = {name: {"workers": 1} for name in ("perfect_recall", "parallel_mind", "creative")}
    return {name: EngineFacts(name, **{**base, **changes.get(name, {})}) for name, base in own.items()}


def engines(choice):
    return [own.engine for own in choice.candidates]


@pytest.mark.parametrize(
    ("types", "engine", "fallback", "at_once"),
    [
        (
            ("memory_store", "memory_query", "knowledge_retrieval", "context_search", "memory_forget"),
            "perfect_recall", "parallel_mind", 10,
        ),
        (
            ("parallel_processing", "batch_operation", "concurrent_analysis"),
            "parallel_mind", "perfect_recall", 20,
        ),
        (("creative_generation", "innovation", "brainstorming"), "creative", "parallel_mind", 5),
    ],
)  # fmt: skip
def test_each_type_has_its_engine_its_fallback_and_its_cap(types, engine, fallback, at_once):
    for type in types:
        choice = choose(DEFAULT, type, facts())
        assert (engines(choice), choice.at_once) == ([engine, fallback], at_once)


def test_a_hybrid_task_is_for_all_three_engines():
    assert sorted(DEFAULT.hybrid) == ["creative", "parallel_mind", "perfect_recall"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"stopped": True}, "creative is stopped"),
        ({"workers": 0}, "creative is offline: no worker serves it"),
        ({"queued": 50}, "creative has 50 tasks queued"),
        ({"failing": "20 % completed"}, "creative is in error: 20 % completed"),
    ],
)
def test_an_engine_that_cannot_is_refused_with_the_reason_and_its_fallback_does_it(state, reason):
    choice = choose(DEFAULT, "innovation", facts(creative=state))
    assert (engines(choice), [own.reason for own in choice.refused]) == (["parallel_mind"], [reason])


def test_forty_nine_queued_tasks_are_not_too_many():
    assert engines(choose(DEFAULT, "innovation", facts(creative={"queued": 49})))[0] == "creative"


def test_an_unknown_type_goes_to_the_least_loaded_engine():
    busy = facts(
        perfect_recall={"queued": 3, "workers": 2}, parallel_mind={"running": 1}, creative={"queued": 2}
    )
    choice = choose(DEFAULT, "translate", busy)
    assert engines(choice) == ["parallel_mind", "perfect_recall", "creative"]
    assert (choice.rule, choice.at_once) == ("", None)


def test_of_two_equally_loaded_engines_the_quicker_one_is_first():
    measured = facts(
        perfect_recall={"response_ms": 90.0},
        parallel_mind={"response_ms": 20.0},
        creative={"response_ms": 50.0},
    )
    assert engines(choose(DEFAULT, "translate", measured)) == ["parallel_mind", "creative", "perfect_recall"]


def test_the_callers_wish_comes_first_where_it_can_be_had():
    assert engines(choose(DEFAULT, "memory_query", facts(), "creative"))[0] == "creative"
    choice = choose(DEFAULT, "memory_query", facts(creative={"stopped": True}), "creative")
    assert (engines(choice)[0], choice.refused[0].engine) == ("perfect_recall", "creative")
    assert engines(choose(DEFAULT, "memory_query", facts(), "perfect_recall")) == [
        "perfect_recall", "parallel_mind",
    ]  # fmt: skip


def test_an_engine_in_error_is_first_again_for_the_one_task_that_tries_it():
    failing = facts(creative={"failing": "20 % completed"})
    choice = choose(DEFAULT, "innovation", failing, trials=frozenset({"creative"}))
    assert [(own.engine, own.trial) for own in choice.candidates] == [
        ("creative", True), ("parallel_mind", False),
    ]  # fmt: skip


def test_where_nobody_can_all_reasons_are_named():
    gone = facts(perfect_recall={"workers": 0}, parallel_mind={"stopped": True})
    choice = choose(DEFAULT, "memory_query", gone)
    assert (choice.candidates, len(choice.refused)) == ([], 2)


@pytest.mark.parametrize(
    ("rules", "hybrid", "said"),
    [
        ({}, ["e"], "there must be a rule"),
        ({"a": Rule(["x"], "e", "e")}, ["e"], "cannot stand in for itself"),
        ({"a": Rule(["x"], "e"), "b": Rule(["x"], "f")}, ["e"], "x is in rule a too"),
        ({"a": Rule(["x y"], "e")}, ["e"], "'x y' is not a name"),
        ({"a": Rule(["x"], "e")}, ["f"], "hybrid: no rule names f"),
        ({"a": Rule(["hybrid"], "e")}, ["e"], "hybrid is in rule hybrid too"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, hybrid, said):
    with pytest.raises(errors.InvalidRequest, match=said):
        checked(Routing(rules, hybrid))
    assert checked(routing.DEFAULT) is routing.DEFAULT
