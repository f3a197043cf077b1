"""The three engines on one goal: recall what is known, make ideas, work on them side by side, keep them."""

from typing import Annotated, Any, Literal, cast

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from functions.api import function
from functions.context import Context
from functions.engines.coordinator.clock import Clock, coordinated
from functions.engines.coordinator.plan import Step
from functions.engines.coordinator.running import Running, StepRun
from functions.findings import Status

Stage = Literal["recall", "create", "process", "store"]
ALL: tuple[Stage, ...] = ("recall", "create", "process", "store")


class Hybrid(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal in words. Every stage has an input of its own; `inputs` changes or adds members of it."""

    goal: Annotated[str, Meta(min_length=1, max_length=10_000)]
    namespace: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")] = "default"
    process: Annotated[
        str, Meta(description="Works on each idea, as {idea, goal}; where empty, memory is asked about each.")
    ] = ""
    stages: Annotated[list[Stage], Meta(min_length=1)] = field(default_factory=lambda: list(ALL))
    inputs: dict[Stage, dict[str, Any]] = {}


class HybridRun(Struct, frozen=True, kw_only=True):
    """Each part with its engine and its output, in order."""

    goal: str
    status: Status
    parts: list[StepRun]
    ideas: int
    total_ms: float
    overhead_ms: float


TYPES: dict[Stage, str] = {
    "recall": "context_search",
    "create": "creative_generation",
    "process": "parallel_processing",
    "store": "memory_store",
}
"""The task type of each stage: the rules of routing say which engine does it."""
ASKED = "perfect_recall.memory_query"


@function("coordinator.hybrid", timeout=86_400)
async def hybrid(input: Hybrid, ctx: Context) -> HybridRun:
    """Recall what is known, create ideas from it, work on them in parallel, remember what came of it."""
    with coordinated(ctx) as clock:
        return await together(ctx, input, clock)


async def together(ctx: Context, given: Hybrid, clock: Clock) -> HybridRun:
    """The stages one after the other; one that is left out, or has nothing to do, is told as skipped."""
    steps = [Step(id=stage, type=TYPES[stage]) for stage in ALL]
    running = Running(ctx, steps, clock, "h")
    for step in steps:
        stage = cast("Stage", step.id)
        reason = _left_out(given, stage, running.outputs)
        if reason:
            running.note(StepRun(id=stage, state="skipped", reason=reason))
            continue
        input = {**_input(given, stage, running.outputs), **given.inputs.get(stage, {})}
        run = await running.one(replace(step, input=input))
        running.note(run)
        if run.state == "failed":
            running.stop(run)
    return HybridRun(
        goal=given.goal,
        status="ok",
        parts=[running.runs[stage] for stage in ALL],
        ideas=len(ideas(running.outputs.get("create"))),
        total_ms=clock.total_ms,
        overhead_ms=clock.overhead_ms,
    )


def ideas(created: Any) -> list[str]:
    """The texts of what a creative engine made; nothing where it made nothing.

    >>> ideas({"candidates": [{"text": "a roof garden", "innovation": 0.7}, "a tent"]})
    ['a roof garden', 'a tent']
    """
    made = created.get("candidates", []) if isinstance(created, dict) else []
    texts = [own.get("text", "") if isinstance(own, dict) else own for own in made]
    return [text for text in texts if isinstance(text, str) and text]


def recalled(found: Any) -> list[str]:
    """The texts of what was recalled, as solutions that are no news."""
    memories = found.get("memories", []) if isinstance(found, dict) else []
    texts = [own.get("text", "") for own in memories if isinstance(own, dict)]
    return [text[:4000] for text in texts if text][:200]


def _left_out(given: Hybrid, stage: Stage, outputs: dict[str, Any]) -> str:
    if stage not in given.stages:
        return "it was not asked for"
    if stage in ("process", "store") and stage not in given.inputs and not ideas(outputs.get("create")):
        return "there are no ideas"
    return ""


def _input(given: Hybrid, stage: Stage, outputs: dict[str, Any]) -> dict[str, Any]:
    made = ideas(outputs.get("create"))
    match stage:
        case "recall":
            return {"text": given.goal, "namespace": given.namespace}
        case "create":
            return {"problem": given.goal, "known": recalled(outputs.get("recall"))}
        case "process":
            if given.process:
                return {
                    "function": given.process,
                    "items": [{"idea": idea, "goal": given.goal} for idea in made],
                }
            asked = [{"query": idea, "namespace": given.namespace, "limit": 3} for idea in made]
            return {"function": ASKED, "items": asked}
        case "store":
            tags = ["hybrid"]
            items = [
                {"text": idea, "kind": "idea", "tags": tags, "source": given.goal[:900]} for idea in made
            ]
            return {"namespace": given.namespace, "items": items}
