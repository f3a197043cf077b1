"""Runs the steps of a pipeline: each as soon as what it needs is there, so many at once, each once."""

import asyncio
import graphlib
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from functions.api import NonRetryable
from functions.context import Context, child_id
from functions.engines.coordinator.clock import Clock
from functions.engines.coordinator.giving import Attempt, Work, give, tell
from functions.engines.coordinator.plan import Step
from functions.engines.coordinator.references import filled
from subjects import errors
from subjects.routing import Part

LONGEST_PAUSE = 30.0


class StepRun(Struct, frozen=True, kw_only=True):
    """What became of a step. `attempts` are those of a step with a type: which engine did it."""

    id: str
    state: Literal["completed", "failed", "skipped"]
    function: str = ""
    engine: str = ""
    task: str = ""
    output: Any = None
    reason: Annotated[str, Meta(description="Why it was skipped or failed.")] = ""
    tries: int = 0
    ms: float = 0.0
    attempts: list[Attempt] = []


class Running:
    """The steps of one pipeline, on their way."""

    def __init__(self, ctx: Context, steps: Sequence[Step], clock: Clock, prefix: str = "s") -> None:
        self._ctx = ctx
        self._steps = {step.id: step for step in steps}
        self._clock = clock
        self._prefix = prefix
        self.runs: dict[str, StepRun] = {}
        self.outputs: dict[str, Any] = {}

    async def run(
        self, order: "graphlib.TopologicalSorter[str]", at_once: int, *, keep_going: bool
    ) -> list[StepRun]:
        """Every step with what became of it; NonRetryable at the first failure unless `keep_going`."""
        ready: list[str] = []
        running: dict[asyncio.Task[StepRun], str] = {}
        try:
            while order.is_active():
                ready += order.get_ready()
                while ready and len(running) < at_once:
                    id = ready.pop(0)
                    if reason := self._skipped(self._steps[id]):
                        self.note(StepRun(id=id, state="skipped", reason=reason))
                        order.done(id)
                        ready += order.get_ready()
                    else:
                        task = asyncio.create_task(self.one(self._steps[id]), name=f"step {id}")
                        running[task] = id
                if running:
                    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        del running[task]
                        run = task.result()
                        self.note(run)
                        order.done(run.id)
                        if run.state == "failed" and not keep_going:
                            self.stop(run)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return [self.runs[id] for id in self._steps]

    def _skipped(self, step: Step) -> str:
        for other in sorted({*step.after, *step.needs}):
            state = self.runs[other].state
            if state == "failed" or (state == "skipped" and other in step.needs):
                return f"{other} was {state}" if state == "skipped" else f"{other} failed"
        if step.when is not None and not step.when.holds(self.outputs):
            return f"{step.when.path} is not {step.when.is_}"
        return ""

    def note(self, run: StepRun) -> None:
        """Write down what became of a step, and tell of it."""
        self.runs[run.id] = run
        if run.state == "completed":
            self.outputs[run.id] = run.output
        if run.state != "completed" or not run.attempts:
            tell(
                self._ctx,
                Part(run.id, run.state, run.engine, run.function, run.task, run.ms, run.reason),
            )
        done, total = len(self.runs), len(self._steps)
        self._ctx.progress(done / total, f"{run.id} {run.state}, {done} of {total}")

    def stop(self, failed: StepRun) -> None:
        """End all of it for a step that failed."""
        raise NonRetryable(
            f"step {failed.id} failed: {failed.reason}",
            step=failed.id,
            steps={run.id: run.state for run in self.runs.values()},
            tasks={run.id: run.task for run in self.runs.values() if run.task},
        )

    async def one(self, step: Step) -> StepRun:
        """What becomes of one step, tried again as often as it may."""
        begun = time.monotonic()
        run = StepRun(id=step.id, state="failed", function=step.function)
        for number in range(step.retries + 1):
            if number:
                await asyncio.sleep(min(LONGEST_PAUSE, 0.25 * 2**number))
            try:
                run = await self._try(step, number)
                break
            except errors.RevoError as error:
                task = str(error.details.get("id", ""))
                run = StepRun(
                    id=step.id, state="failed", function=step.function, task=task, reason=error.message,
                    tries=number + 1,
                )  # fmt: skip
                if not error.retryable and not isinstance(error, errors.ChildFailed):
                    break
        ms = round((time.monotonic() - begun) * 1000, 3)
        return replace(run, ms=ms)

    async def _try(self, step: Step, number: int) -> StepRun:
        input = filled(step.input, self.outputs)
        key = f"{self._prefix}-{step.id}" + (f"-r{number}" if number else "")
        if step.type:
            given = await give(self._ctx, Work(key, step.type, input, step.prefer, step.id), self._clock)
            return StepRun(
                id=step.id, state="completed", function=given.function, engine=given.engine,
                task=given.attempts[-1].task, output=given.output, tries=number + 1, attempts=given.attempts,
            )  # fmt: skip
        task = child_id(self._ctx.id, key)
        tell(self._ctx, Part(step.id, "running", step.function.partition(".")[0], step.function, task))
        with self._clock.child():
            output = await self._ctx.call(step.function, input, key=key)
        return StepRun(
            id=step.id, state="completed", function=step.function, engine=step.function.partition(".")[0],
            task=task, output=output, tries=number + 1,
        )  # fmt: skip
