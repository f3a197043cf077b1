"""Breaker, budget, prices, schemas: what needs no provider."""

import msgspec
import pytest
from msgspec import Struct

from functions import providers
from functions.adapters.models import shape
from functions.adapters.models.breaker import Breaker
from functions.adapters.models.budget import Ledger, Plan, Purse, Spent
from functions.adapters.models.prices import Tokens, usd
from functions.providers import ModelEntry, ModelSettings, Price, Provider
from subjects.errors import BudgetExceeded


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_call_through_after_its_rest():
    clock = Clock()
    breaker = Breaker(providers.Breaker(failures=2, rest=30), clock)
    breaker.failed()
    breaker.worked()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    assert breaker.rests == 30
    clock.now = 31
    assert breaker.allows()
    assert not breaker.allows()
    breaker.failed()
    assert breaker.rests == 30
    clock.now = 70
    assert breaker.allows()
    breaker.worked()
    assert breaker.allows()
    assert breaker.allows()


def test_a_provider_that_says_when_to_come_back_is_left_alone_until_then():
    clock = Clock()
    breaker = Breaker(providers.Breaker(), clock)
    breaker.failed(rest=7)
    assert not breaker.allows()
    clock.now = 7.1
    assert breaker.allows()


def test_a_probe_that_was_canceled_leaves_the_next_one_free():
    clock = Clock()
    breaker = Breaker(providers.Breaker(failures=1, rest=1), clock)
    breaker.failed()
    clock.now = 2
    assert breaker.allows()
    breaker.unknown()
    assert breaker.allows()


async def test_a_call_that_would_go_above_the_budget_is_refused_before_it_is_made():
    purse = Purse("today", None, 100, Ledger())
    plan = Plan("far/big", 40, None, None)
    assert await purse.reserve(plan) == 60
    await purse.settle(plan, Spent(0, 70))
    with pytest.raises(BudgetExceeded, match="70 of 100 tokens today"):
        await purse.reserve(plan)


async def test_what_runs_side_by_side_is_set_aside():
    purse = Purse("today", None, 100, Ledger())
    plan = Plan("far/big", 60, None, None)
    await purse.reserve(plan)
    with pytest.raises(BudgetExceeded):
        await purse.reserve(plan)
    await purse.settle(plan, Spent(0, 0))
    assert await purse.reserve(plan) == 40


async def test_dollars_limit_the_length_of_the_answer_and_then_stop_all_but_what_is_free():
    purse = Purse("for this task", 1.0, None, Ledger())
    dear = Plan("far/big", 1000, 0.2, 0.001)
    assert await purse.reserve(dear) == 800
    await purse.settle(dear, Spent(0.9, 1700))
    with pytest.raises(BudgetExceeded, match="dollars for this task"):
        await purse.reserve(dear)
    assert await purse.reserve(Plan("near/small", 1000, 0.0, 0.0)) is None


async def test_an_unknown_price_counts_by_tokens_and_is_refused_where_only_dollars_are_given():
    unknown = Plan("far/odd", 10, None, None)
    assert await Purse("today", 1.0, 100, Ledger()).reserve(unknown) == 90
    with pytest.raises(BudgetExceeded, match=r"price of far/odd is not known"):
        await Purse("today", 1.0, None, Ledger()).reserve(unknown)


def test_a_price_is_local_own_listed_or_unknown():
    one = Tokens(1_000_000, 0)
    near = Provider("near", "http://127.0.0.1:1/v1", (ModelEntry("gpt-4o-mini"),))
    far = Provider("far", "https://api.openai.com/v1", (ModelEntry("gpt-4o-mini"),))
    odd = Provider("odd", "https://models.example/v1", (ModelEntry("gpt-4o-mini"),))
    assert usd(near, near.models[0], one) == 0.0
    assert usd(far, ModelEntry("gpt-4o-mini", price=Price(3)), one) == 3.0
    assert usd(far, far.models[0], one) == pytest.approx(0.15)
    assert usd(odd, odd.models[0], one) is None


def test_a_url_in_the_local_network_is_only_local_where_the_file_says_so():
    models = (ModelEntry("m"),)
    assert Provider("a", "http://[::1]:8080/v1", models).is_local
    assert not Provider("a", "http://192.168.1.5/v1", models).is_local
    assert Provider("a", "http://192.168.1.5/v1", models, local=True).is_local
    assert not Provider("a", "http://localhost.example/v1", models).is_local


def test_a_model_is_found_by_name_alias_and_with_its_provider_before_it():
    far = Provider("far", "https://f.example/v1", (ModelEntry("a"), ModelEntry("b", alias="fast")))
    for name, meant in (("auto", "a"), ("fast", "b"), ("b", "b"), ("far/b", "b")):
        found = far.find(name, "chat")
        assert found is not None
        assert found.name == meant
    assert far.find("auto", "embedding") is None


def test_keys_do_not_belong_into_an_address():
    with pytest.raises(msgspec.ValidationError, match="no user or key"):
        msgspec.convert(
            {"name": "a", "url": "https://me:secret@f.example/v1", "models": [{"name": "m"}]}, Provider
        )


def test_local_only_leaves_the_others_out():
    far = Provider("far", "https://f.example/v1", (ModelEntry("a"),))
    near = Provider("near", "http://localhost/v1", (ModelEntry("a"),))
    assert [own.name for own in ModelSettings((far, near), local_only=True).ordered] == ["near"]


class Leaf(Struct, forbid_unknown_fields=True):
    title: str
    default: int | None = None


class Tree(Struct):
    leaves: list[Leaf] = []
    inner: "Tree | None" = None


def test_a_schema_requires_every_member_and_keeps_members_with_the_names_of_keywords():
    schema = shape.of(Tree)
    assert schema["required"] == ["leaves", "inner"]
    assert schema["additionalProperties"] is False
    assert set(schema["$defs"]) == {"Leaf", "Tree"}
    assert schema["$defs"]["Leaf"]["required"] == ["title", "default"]
    assert "default" not in schema["properties"]["leaves"]
    assert shape.strict(schema)


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ('{"a": 1}', b'{"a": 1}'),
        ('<think>\n{"no": 1}\n</think>\n{"a": 1}', b'{"a": 1}'),
        ('Sure:\n```json\n{"a": 1}\n```', b'{"a": 1}'),
        ('{"a": "```\\nx\\n```"}', b'{"a": "```\\nx\\n```"}'),
        ("no idea", b"no idea"),
    ],
)
def test_json_is_found_in_what_models_wrap_around_it(text, json):
    assert shape.json_in(text) == json
