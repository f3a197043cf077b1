"""A pipeline is checked before anything runs, and what is wrong is said in words."""

import pytest

from functions.engines.coordinator.plan import Step, When, checked
from functions.engines.coordinator.references import filled
from subjects.errors import InvalidInput, UnknownFunction

KNOWN = frozenset({"text.shout"})


def step(id, **members):
    return Step(id=id, function="text.shout", **members)


def test_steps_are_ready_when_what_they_need_is_there():
    order = checked([step("c", after=["a"]), step("a"), step("b", input={"x": [{"$from": "c.y"}]})], KNOWN)
    assert order.get_ready() == ("a",)
    order.done("a")
    assert order.get_ready() == ("c",)


def test_steps_that_wait_for_each_other_are_named():
    with pytest.raises(InvalidInput, match="wait for each other: ") as told:
        checked([step("a", input={"$from": "c"}), step("b", after=["a"]), step("c", after=["b"])], KNOWN)
    assert set(told.value.details["cycle"]) == {"a", "b", "c"}


def test_a_function_that_nobody_announced_is_named():
    with pytest.raises(UnknownFunction, match="nobody"):
        checked([Step(id="a", function="nobody.knows"), step("b")], KNOWN)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(InvalidInput) as told:
        checked(
            [
                step("a", input={"x": {"$from": "z.y"}}), Step(id="b"), step("a"), step("d", prefer="e"),
                step("f", after=["g"]), step("g", after=["f"]), Step(id="h", function="nobody.knows"),
            ],
            KNOWN,
        )  # fmt: skip
    problems = sorted(told.value.details["problems"])
    assert [own for own in problems if "wait" not in own] == [
        "a: there is no step 'z'",
        "b: give either function or type",
        "d: prefer goes with type",
        "no worker has announced nobody.knows",
        "two steps have the id a",
    ]
    assert set(told.value.details["cycle"]) == {"f", "g"}


def test_outputs_stand_where_they_are_referred_to():
    outputs = {"a": {"rows": [{"n": 1}, {"n": 2}]}}
    assert filled([{"$from": "a.rows.1.n"}, {"$from": "a.rows"}], outputs) == [2, [{"n": 1}, {"n": 2}]]
    with pytest.raises(InvalidInput, match="there is no 'columns' in a; it has rows"):
        filled({"$from": "a.columns"}, outputs)
    with pytest.raises(InvalidInput, match="there is no"):
        filled({"$from": "a.rows.7"}, outputs)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(path="a.n"), True),
        (When(path="a.none"), False),
        (When(path="a.none", is_="falsy"), True),
        (When(path="a.n", is_="equal", value=3), True),
        (When(path="a.n", is_="unequal", value=3), False),
        (When(path="a.n", is_="above", value=2), True),
        (When(path="a.n", is_="below", value=2), False),
    ],
)
def test_conditions(when, holds):
    assert when.holds({"a": {"n": 3}}) is holds


def test_words_are_not_above_numbers():
    with pytest.raises(InvalidInput, match="both must be numbers"):
        When(path="a", is_="above", value=2).holds({"a": "many"})
