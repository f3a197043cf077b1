"""Which engine does what: the rules as data, and the choice as a function of facts.

>>> facts = {"creative": EngineFacts("creative", workers=1), "parallel_mind": EngineFacts("parallel_mind")}
>>> [one.engine for one in choose(DEFAULT, "brainstorming", facts).candidates]
['creative']
>>> choose(DEFAULT, "brainstorming", facts).refused[0].reason
'parallel_mind is offline: no worker serves it'
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Literal

from msgspec import Meta, Struct

from subjects import errors, names

FULL = 50
"""Queued tasks from which an engine is overloaded and takes no more from the coordinator."""
BUCKET = "config"
KEY = "routing"
"""Where the rules stand, as JSON, once somebody has changed them."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """Some task types and the engine that does them; each is a function of that name on its queue."""

    types: Annotated[list[str], Meta(min_length=1)]
    engine: str
    fallback: Annotated[str, Meta(description="Does it while the engine cannot; empty: nobody.")] = ""
    at_once: Annotated[int, Meta(ge=1, le=1000, description="Such tasks at work at one time.")] = 10


class Routing(Struct, frozen=True, forbid_unknown_fields=True):
    """All rules, by name. Times are seconds."""

    rules: dict[str, Rule]
    hybrid: Annotated[list[str], Meta(description="The engines of a hybrid task, in order.")]
    full: Annotated[int, Meta(ge=1, description="Queued tasks from which an engine is not available.")] = FULL
    patience: Annotated[
        float, Meta(gt=0, le=3600, description="How long a task waits in a queue, or for its turn.")
    ] = 30.0
    trial_every: Annotated[
        float, Meta(gt=0, le=3600, description="How often an engine in error gets one task to try.")
    ] = 10.0

    @property
    def engines(self) -> list[str]:
        """Every engine that a rule names, once, in the order of the rules."""
        named = [name for rule in self.rules.values() for name in (rule.engine, rule.fallback) if name]
        return list(dict.fromkeys([*(rule.engine for rule in self.rules.values()), *named]))


DEFAULT = Routing(
    rules={
        "memory": Rule(
            ["memory_store", "memory_query", "knowledge_retrieval", "context_search", "memory_forget"],
            "perfect_recall",
            "parallel_mind",
            10,
        ),
        "parallel": Rule(
            ["parallel_processing", "batch_operation", "concurrent_analysis"],
            "parallel_mind",
            "perfect_recall",
            20,
        ),
        "creative": Rule(
            ["creative_generation", "innovation", "brainstorming"], "creative", "parallel_mind", 5
        ),
    },
    hybrid=["perfect_recall", "creative", "parallel_mind"],
)
"""What holds until somebody changes it."""


class EngineFacts(Struct, frozen=True):
    """An engine at one moment. `failing` says why it is in error; empty where it is not."""

    engine: str
    workers: int = 0
    queued: int = 0
    running: int = 0
    stopped: bool = False
    failing: str = ""
    response_ms: float | None = None

    @property
    def load(self) -> float:
        """Tasks per worker; without workers nothing is more loaded."""
        return (self.queued + self.running) / self.workers if self.workers else float("inf")


class Candidate(Struct, frozen=True):
    """An engine that may do it, and why. A `trial` shows whether an engine in error does well again."""

    engine: str
    reason: str
    trial: bool = False


class Refusal(Struct, frozen=True):
    """An engine that is not available, and why."""

    engine: str
    reason: str


class Choice(Struct, frozen=True):
    """The engines that may do a task, best first. `rule` is empty for a type that none names."""

    rule: str
    at_once: int | None
    candidates: list[Candidate]
    refused: list[Refusal]


def choose(
    routing: Routing,
    type: str,
    facts: Mapping[str, EngineFacts],
    prefer: str = "",
    trials: AbstractSet[str] = frozenset(),
) -> Choice:
    """The engines for a task type: the caller's wish, the rule's engine, its fallback; else the least loaded.

    `trials` are the engines in error that this task may be tried on.
    """
    name, rule = rule_of(routing, type)
    if rule is not None:
        wanted = [(rule.engine, f"does {type}")]
        if rule.fallback:
            wanted.append((rule.fallback, f"stands in for {rule.engine}"))
    else:
        known = (facts.get(engine) or EngineFacts(engine) for engine in routing.engines)
        ordered = sorted(known, key=lambda own: (own.load, own.response_ms or 0.0))
        wanted = [(own.engine, f"no rule names {type}; least loaded first") for own in ordered]
    if prefer:
        wanted = [(prefer, "preferred by the caller"), *(one for one in wanted if one[0] != prefer)]
    candidates, refused = [], []
    for engine, reason in wanted:
        own = facts.get(engine) or EngineFacts(engine)
        trial = bool(own.failing) and engine in trials
        why_not = unavailable(routing, own, trial=trial)
        if why_not:
            refused.append(Refusal(engine, why_not))
        else:
            candidates.append(Candidate(engine, f"a trial: {own.failing}" if trial else reason, trial))
    return Choice(name, None if rule is None else rule.at_once, candidates, refused)


def unavailable(routing: Routing, own: EngineFacts, *, trial: bool = False) -> str:
    """Why an engine cannot take a task now; empty where it can."""
    if own.stopped:
        return f"{own.engine} is stopped"
    if not own.workers:
        return f"{own.engine} is offline: no worker serves it"
    if own.queued >= routing.full:
        return f"{own.engine} has {own.queued} tasks queued"
    if own.failing and not trial:
        return f"{own.engine} is in error: {own.failing}"
    return ""


def rule_of(routing: Routing, type: str) -> tuple[str, Rule | None]:
    """The rule that names a task type, with its name; nothing where none does."""
    for name, rule in routing.rules.items():
        if type in rule.types:
            return name, rule
    return "", None


def checked(routing: Routing) -> Routing:
    """The rules, once they make sense; InvalidRequest with what is wrong.

    >>> checked(Routing({"a": Rule(["x"], "e", "e")}, ["e"]))
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: rule a: e cannot stand in for itself
    """
    seen: dict[str, str] = {}
    if not routing.rules:
        raise errors.InvalidRequest("there must be a rule at least")
    for name, rule in routing.rules.items():
        for token in (name, rule.engine, *rule.types, *([rule.fallback] if rule.fallback else [])):
            if not names.is_token(token):
                raise errors.InvalidRequest(f"rule {name}: {token[:80]!r} is not a name")
        if rule.engine == rule.fallback:
            raise errors.InvalidRequest(f"rule {name}: {rule.engine} cannot stand in for itself")
        for type in rule.types:
            if type in seen or type == "hybrid":
                raise errors.InvalidRequest(f"rule {name}: {type} is in rule {seen.get(type, 'hybrid')} too")
            seen[type] = name
    unknown = [engine for engine in routing.hybrid if engine not in routing.engines]
    if unknown or not routing.hybrid:
        raise errors.InvalidRequest(f"hybrid: no rule names {', '.join(unknown) or 'any engine'}")
    return routing


PART = "part"
"""The message of a log line by which a job of several engines tells of a part; its fields are a `Part`."""
COORDINATED = "coordinated"
"""The message of a log line by which a job tells at its end of `total_ms` and, of that, `overhead_ms`."""


class Part(Struct, frozen=True, omit_defaults=True):
    """One part of a job: which task does it, on which engine, and how far it is."""

    part: str
    state: Literal["running", "completed", "failed", "skipped", "moved"]
    engine: str = ""
    function: str = ""
    task: str = ""
    ms: float | None = None
    reason: str = ""
