"""One task for whichever engine fits: by the rules, by your wish, and elsewhere where that one cannot."""

from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert, field

from functions.api import Backoff, function
from functions.context import Context
from functions.engines.coordinator.clock import coordinated
from functions.engines.coordinator.giving import Attempt, Work, give
from functions.engines.coordinator.hybrids import Hybrid, HybridRun, together
from subjects import names
from subjects.errors import InvalidInput
from subjects.routing import Refusal

HYBRID = "hybrid"
PATIENT = Backoff(first=1.0, factor=2.0, most=30.0)


class Orchestrate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done: a task type of the rules, `hybrid`, or any other, and its input."""

    type: Annotated[str, Meta(min_length=1, max_length=129)]
    input: Annotated[Any, Meta(description="What the function of that type takes.")] = field(
        default_factory=dict
    )
    prefer: Annotated[str, Meta(description="The engine that you would like best, where it can.")] = ""


class Orchestrated(Struct, frozen=True, kw_only=True):
    """What was done, by whom and why, and what the coordination cost."""

    type: str
    engine: str
    function: str
    output: Any
    rule: str
    reasons: Annotated[list[str], Meta(description="Why this engine and no other.")]
    attempts: list[Attempt]
    refused: Annotated[list[Refusal], Meta(description="Engines that could not be asked.")]
    total_ms: float
    overhead_ms: Annotated[float, Meta(description="Of it while no engine was at work on it.")]


@function("coordinator.orchestrate", timeout=86_400, max_attempts=8, backoff=PATIENT, private=True)
async def orchestrate(input: Orchestrate, ctx: Context) -> Orchestrated:
    """Give a task to the engine that fits best; its fallback does it where that one cannot."""
    if not all(map(names.is_token, input.type.split("."))) or input.type.count(".") > 1:
        raise InvalidInput(f"{input.type!r} is no task type")
    with coordinated(ctx) as clock:
        if input.type == HYBRID:
            return _of(await together(ctx, _hybrid(input.input), clock))
        given = await give(ctx, Work("run", input.type, input.input, input.prefer), clock)
    last = given.attempts[-1]
    return Orchestrated(
        type=input.type,
        engine=given.engine,
        function=given.function,
        output=given.output,
        rule=given.rule,
        reasons=[f"{given.engine}: {last.reason}", *(own.reason for own in given.refused)],
        attempts=given.attempts,
        refused=given.refused,
        total_ms=clock.total_ms,
        overhead_ms=clock.overhead_ms,
    )


def _hybrid(input: Any) -> Hybrid:
    try:
        return convert(input, Hybrid)
    except ValidationError as error:
        raise InvalidInput(str(error)) from None


def _of(run: HybridRun) -> Orchestrated:
    return Orchestrated(
        type=HYBRID,
        engine="coordinator",
        function="coordinator.hybrid",
        output=run,
        rule=HYBRID,
        reasons=[f"{part.id}: {part.engine}" for part in run.parts if part.engine],
        attempts=[attempt for part in run.parts for attempt in part.attempts],
        refused=[],
        total_ms=run.total_ms,
        overhead_ms=run.overhead_ms,
    )
