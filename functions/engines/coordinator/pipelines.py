"""Several functions as one job: in their order, side by side where they can be, and once each."""

from msgspec import Struct

from functions.api import function
from functions.context import Context
from functions.engines.coordinator.clock import coordinated
from functions.engines.coordinator.plan import Pipeline, checked
from functions.engines.coordinator.running import Running, StepRun
from functions.findings import Status


class PipelineRun(Struct, frozen=True, kw_only=True):
    """Every step with what became of it. `ok` only where none failed."""

    status: Status
    steps: list[StepRun]
    total_ms: float
    overhead_ms: float


@function("coordinator.pipeline", timeout=86_400)
async def pipeline(input: Pipeline, ctx: Context) -> PipelineRun:
    """Run steps that need each other's outputs. All is checked before anything runs.

    A coordinator that dies is followed by another, which goes on where it was: steps that ended do not run
    again.
    """
    with coordinated(ctx) as clock:
        order = checked(input.steps, await ctx.fleet.functions())
        running = Running(ctx, input.steps, clock)
        steps = await running.run(order, input.at_once, keep_going=input.keep_going)
    failed = any(step.state == "failed" for step in steps)
    return PipelineRun(
        status="partial" if failed else "ok",
        steps=steps,
        total_ms=clock.total_ms,
        overhead_ms=clock.overhead_ms,
    )
