"""Functions are found by import path, and what is not there is said with a hint."""

import pytest

from functions import function, registry
from subjects import errors


@function("shop.price")
def price(item: str) -> int:
    """What it costs."""
    return len(item)


ALL = (price,)


def test_our_own_functions_are_an_ordinary_target():
    assert "security.scan" in registry.load(["functions.builtin"])


def test_only_the_named_queues_and_functions_are_taken():
    found = registry.load(["functions.builtin"], only=["security", "parallel_mind.review"])
    assert set(found) == {"security.scan", "parallel_mind.review"}


@pytest.mark.parametrize(
    ("targets", "only", "said"),
    [
        (["no_such_module"], [], "no module 'no_such_module'"),
        (["functions.builtin:FUNCTION"], [], "did you mean FUNCTIONS"),
        (["functions.settings:BUILTIN"], [], "is no function"),
        (["functions.builtin"], ["securty"], "did you mean security?"),
        (["entry:nobody"], [], "no installed package"),
    ],
)
def test_what_is_not_there_is_named_with_a_hint(targets: list[str], only: list[str], said: str):
    with pytest.raises(errors.InvalidRequest) as raised:
        registry.load(targets, only)
    assert said in raised.value.message
