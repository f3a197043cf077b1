"""How a callable becomes a function, and JSON its arguments."""

import asyncio
import dataclasses
from typing import TypedDict

import msgspec
import pytest

from functions import Context, function
from subjects import errors


class File(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    lines: int = 0


@dataclasses.dataclass
class Point:
    x: int


class Bag(TypedDict):
    name: str


CONTEXT: Context = object()  # type: ignore[assignment]


def call(made, payload: bytes):
    return made.bind(payload, CONTEXT)()


def test_it_stays_a_plain_callable():
    @function("q.double")
    def double(x: int) -> int:
        """Twice as much."""
        return 2 * x

    assert double(4) == 8
    assert (double.name, double.info().description) == ("q.double", "Twice as much.")


@pytest.mark.parametrize("kind", [File, Point, Bag, dict])
def test_one_record_takes_the_whole_input(kind: type):
    @function("q.take")
    def take(thing: kind) -> str:  # type: ignore[valid-type]
        return type(thing).__name__

    payload = {File: b'{"path":"a"}', Point: b'{"x":1}', Bag: b'{"name":"b"}', dict: b"{}"}[kind]
    assert call(take, payload) == ("dict" if kind is Bag else kind.__name__)


def test_a_parameter_called_input_takes_the_whole_input_whatever_its_type():
    @function("q.total")
    def total(input: list[int]) -> int:
        return sum(input)

    assert call(total, b"[1,2,3]") == 6
    assert total.info().input_schema == {"type": "array", "items": {"type": "integer"}}


def test_several_parameters_take_a_member_each_and_may_have_defaults():
    @function("q.join")
    def join(left: str, right: str = "b") -> str:
        return left + right

    assert call(join, b'{"left":"a"}') == "ab"
    assert join.info().input_schema["required"] == ["left"]
    with pytest.raises(errors.InvalidInput):
        call(join, b'{"left":"a","middle":"c"}')


def test_the_context_is_found_by_its_annotation_and_is_no_input():
    @function("q.who")
    def who(ctx: Context, name: str) -> str:
        return f"{name} {ctx is CONTEXT}"

    assert call(who, b'{"name":"me"}') == "me True"
    assert list(who.info().input_schema["properties"]) == ["name"]


def test_a_function_without_input_takes_an_empty_object():
    @function("q.now")
    async def now() -> int:
        return 1

    assert asyncio.run(call(now, b"")) == 1


def test_parameters_that_have_no_name_are_refused_at_once():
    with pytest.raises(TypeError, match="cannot be given by name"):

        @function("q.many")
        def many(*args: int) -> int:
            return len(args)


@pytest.mark.parametrize("name", ["many", "a.b.c", "a b.c", ".x", "x."])
def test_a_name_is_a_queue_and_a_function(name: str):
    with pytest.raises(errors.InvalidId):
        function(name)(lambda: None)


def test_an_unknown_option_is_refused_at_once():
    with pytest.raises(TypeError):
        function("q.f", retries=3)(lambda: None)  # type: ignore[call-overload]


def test_a_def_runs_in_a_thread_and_an_async_def_in_the_loop_unless_told_otherwise():
    @function("q.a")
    def a() -> None: ...

    @function("q.b")
    async def b() -> None: ...

    @function("q.c", isolation="process")
    async def c() -> None: ...

    assert [one.isolation for one in (a, b, c)] == ["thread", "loop", "process"]
