"""What an agent's definition adds to a task."""

import pytest

from gateway.assign import preset
from subjects.agents import Definition

TAKES_MODEL = {"properties": {"text": {}, "model": {}}, "additionalProperties": False}
TAKES_NONE = {"properties": {"text": {}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("model", "config", "schema", "given"),
    [
        ("small", {}, TAKES_MODEL, {"model": "small"}),
        ("small", {"model": "large"}, TAKES_MODEL, {"model": "large"}),
        ("small", {}, TAKES_NONE, {}),
        ("small", {}, {}, {}),
        (None, {"text": "x", "depth": 1}, TAKES_NONE, {"text": "x"}),
    ],
)
def test_the_model_of_an_agent_is_a_default_where_a_function_takes_one(model, config, schema, given):
    definition = Definition(capabilities=["text"], model=model, config=config)
    assert preset(definition, schema) == given
