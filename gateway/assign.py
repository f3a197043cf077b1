"""A task for an agent becomes a task for one of its functions, within what the agent may do.

>>> taken = AgentTask(input={"path": "."})
>>> scout = Definition(capabilities=["security.scan"], config={"depth": 3})
>>> scan = FunctionInfo("security.scan", "", {}, {}, 60, 3, "loop")
>>> given = submission("scout", scout, taken, {"security.scan": scan})
>>> given.function, bytes(given.input), given.agent
('security.scan', b'{"depth":3,"path":"."}', 'scout')
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from subjects import codec, errors, names
from subjects.agents import AgentTask, Definition, can, covers
from subjects.messages import FunctionInfo, Submission

Functions = Mapping[str, FunctionInfo]


def submission(id: str, definition: Definition, task: AgentTask, functions: Functions) -> Submission:
    """The task as it goes into the queue.

    AgentStopped, Forbidden where the function is none of the agent's, InvalidRequest where it does not say
    which of several is meant.
    """
    if not definition.enabled:
        raise errors.AgentStopped(f"agent {id!r} is stopped; start it first")
    name = chosen(id, definition, task.function, functions)
    limits = definition.limits
    info = functions.get(name)
    defaults = preset(definition, {} if info is None else info.input_schema)
    return Submission(
        function=name,
        input=Raw(codec.encode({**defaults, **task.input})),
        priority=_urgency(task.priority, limits.priority),
        id=task.id,
        timeout=_least(task.timeout, limits.timeout),
        max_attempts=_attempts(task.max_attempts, limits.max_attempts),
        agent=id,
        memory=limits.memory,
    )


def chosen(id: str, definition: Definition, asked: str | None, functions: Functions) -> str:
    """The full name of the function that is meant."""
    able = can(definition.capabilities, definition.permissions.functions, functions)
    if asked is None:
        if len(able) == 1:
            return able[0]
        if not able:
            raise errors.UnknownFunction(f"no worker has announced anything that agent {id!r} can do")
        raise errors.InvalidRequest(f"which function? {id} has {', '.join(able[:20])}")
    meant = [name for name in able if asked in (name, name.partition(".")[2])]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise errors.InvalidRequest(f"{asked!r} could be {' or '.join(meant)}")
    if asked not in functions and any(covers(own, asked) for own in definition.capabilities):
        raise errors.UnknownFunction(f"no worker has announced {asked!r}")
    raise errors.Forbidden(f"agent {id!r} may not use {asked[:129]!r}: it has {', '.join(able[:20])}")


def preset(definition: Definition, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What an agent's definition gives to a task that says nothing: its configuration, and its model."""
    defaults = fitting(definition.config, schema)
    if definition.model is not None and "model" in schema.get("properties", {}):
        defaults.setdefault("model", definition.model)
    return defaults


def fitting(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that a function takes: one agent can have several functions with different inputs.

    >>> fitting({"depth": 3, "style": "short"}, {"properties": {"depth": {}}, "additionalProperties": False})
    {'depth': 3}
    """
    if "properties" not in schema or schema.get("additionalProperties"):
        return dict(config)
    return {key: value for key, value in config.items() if key in schema["properties"]}


def _urgency(asked: names.Priority | None, most: names.Priority | None) -> names.Priority:
    if most is None:
        return asked or "medium"
    wanted = asked or most
    # The most urgent stands first.
    return wanted if names.PRIORITIES.index(wanted) > names.PRIORITIES.index(most) else most


def _least(asked: float | None, most: float | None) -> float | None:
    given = [value for value in (asked, most) if value is not None]
    return min(given) if given else None


def _attempts(asked: int | None, most: int | None) -> int | None:
    given = [value for value in (asked, most) if value is not None]
    return min(given) if given else None
