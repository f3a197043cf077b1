"""A pipeline as it is given, and what must be true of it before anything runs."""

import graphlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from functions.engines.coordinator.references import looked_up, named
from subjects import names
from subjects.errors import InvalidInput, UnknownFunction

MOST_STEPS = 200
MOST_AT_ONCE = 64

StepId = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on an earlier output; the step is skipped where it does not hold."""

    path: Annotated[str, Meta(description="Such as scan.findings.0.severity.")]
    is_: Literal["truthy", "falsy", "equal", "unequal", "above", "below"] = field(default="truthy", name="is")
    value: Any = None

    def holds(self, outputs: dict[str, Any]) -> bool:
        """Whether it does; what is not there is falsy."""
        try:
            found = looked_up(self.path, outputs)
        except InvalidInput:
            found = None
        match self.is_:
            case "truthy":
                return bool(found)
            case "falsy":
                return not found
            case "equal":
                return bool(found == self.value)
            case "unequal":
                return bool(found != self.value)
            case _:
                if not isinstance(found, int | float) or not isinstance(self.value, int | float):
                    raise InvalidInput(f"{self.path} is {self.is_} {self.value!r}: both must be numbers")
                return found > self.value if self.is_ == "above" else found < self.value


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One task of a pipeline: a `function` by its name, or a `type` that the rules of routing give out."""

    id: StepId
    function: str = ""
    type: str = ""
    prefer: Annotated[str, Meta(description="With `type`: the engine that you would like best.")] = ""
    input: Annotated[Any, Meta(description='{"$from": "step.path"} stands for the output of a step.')] = (
        field(default_factory=dict)
    )
    after: list[StepId] = []
    when: When | None = None
    retries: Annotated[int, Meta(ge=0, le=10, description="Tries beyond those of the function itself.")] = 0

    @property
    def needs(self) -> set[str]:
        """The steps whose outputs it uses."""
        own = set(named(self.input))
        return own if self.when is None else {*own, self.when.path.partition(".")[0]}


class Pipeline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps that run as soon as what they need is there."""

    steps: Annotated[list[Step], Meta(min_length=1, max_length=MOST_STEPS)]
    at_once: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE, description="Steps at the same time.")] = 8
    keep_going: Annotated[
        bool, Meta(description="A step that fails stops only what needs it; else it ends the pipeline.")
    ] = False


def checked(steps: Sequence[Step], functions: AbstractSet[str]) -> graphlib.TopologicalSorter[str]:
    """The steps in their order, ready to run; InvalidInput or UnknownFunction with all that is wrong."""
    ids = [step.id for step in steps]
    wrong = list(_wrong(steps, set(ids)))
    wrong += [f"two steps have the id {id}" for id in sorted({id for id in ids if ids.count(id) > 1})]
    order = graphlib.TopologicalSorter({step.id: {*step.after, *step.needs} for step in steps})
    circle: list[str] = []
    try:
        order.prepare()
    except graphlib.CycleError as error:
        # graphlib names the first one again at the end, each before what needs it.
        circle = error.args[1]
        wrong.append(f"the steps wait for each other: {' -> '.join(circle)}")
    unknown = sorted({step.function for step in steps if step.function} - functions)
    absent = f"no worker has announced {', '.join(unknown)}"
    if wrong:
        wrong += [absent] if unknown else []
        raise InvalidInput("; ".join(wrong), problems=wrong, cycle=circle)
    if unknown:
        raise UnknownFunction(absent, functions=unknown)
    return order


def _wrong(steps: Sequence[Step], known: AbstractSet[str]) -> Iterator[str]:
    for step in steps:
        if bool(step.function) == bool(step.type):
            yield f"{step.id}: give either function or type"
        if step.prefer and not step.type:
            yield f"{step.id}: prefer goes with type"
        if step.type and not all(map(names.is_token, step.type.split("."))):
            yield f"{step.id}: {step.type[:80]!r} is no task type"
        for other in sorted({*step.after, *step.needs} - known):
            yield f"{step.id}: there is no step {other[:80]!r}"
