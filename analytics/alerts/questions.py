"""What analytics answers about rules: how they stand, and what one would do."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from analytics.alerts.engine import Engine
from analytics.alerts.state import Facts, view
from analytics.alerts.trial import tried
from analytics.catalog import Parameter, Query
from analytics.computed import Computed
from analytics.store import Store, Table
from subjects import codec, errors
from subjects.alerts import RuleTest

RULES = Query(
    "alert_rules",
    "The rules of alerting, each with its state and the values it saw last.",
    (Parameter("name", "text", None, "Only this one."),),
)
TEST = Query(
    "alert_test",
    "What a rule sees now, and would have told in past hours; nothing is kept or told.",
    (Parameter("test", "text", "", "The rule and the hours, as JSON: {rule, hours}."),),
)
QUESTIONS = (RULES, TEST)

_tests = msgspec.json.Decoder(RuleTest)


def answers(engine: Engine, store: Store) -> tuple[Computed, ...]:
    """Who answers them."""

    async def rules(values: Mapping[str, Any]) -> Table:
        wanted = values["name"]
        found = [
            view(held, engine.facts.get(name, Facts()), engine.ledger.tracks)
            for name, held in sorted(engine.rules.items())
            if wanted in (None, name)
        ]
        return Table(["rule"], [[codec.to_builtins(own)] for own in found])

    async def test(values: Mapping[str, Any]) -> Table:
        if not values["test"]:
            return Table(["tried"], [])
        try:
            asked = codec.decode(str(values["test"]).encode(), _tests)
        except errors.InvalidInput as error:
            raise errors.InvalidRequest(error.message) from None
        found = await tried(engine, store, asked, asyncio.get_running_loop().time())
        return Table(["tried"], [[codec.to_builtins(found)]])

    return Computed(RULES, rules), Computed(TEST, test)
