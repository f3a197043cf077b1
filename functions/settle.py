"""Outcome to result, then acknowledgement. Every message that is delivered ends in one of these clauses."""

import asyncio
import contextlib
import random
from datetime import timedelta
from typing import assert_never

import structlog
from msgspec import Raw, Struct

from functions.held import HeldTask
from functions.outcome import Done, Failed, Outcome, Rejected, Retry, Returned, Superseded
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Records
from subjects.bus.connection import Exists
from subjects.client.change import embeddable
from subjects.errors import ErrorInfo
from subjects.kv import Objects
from subjects.messages import ERASED, NULL, DeadLetter, FinalState, Result, Retried, Task

log = structlog.get_logger()

NAK_AT_MOST = 30.0
"""Seconds.

A delayed negative acknowledgement stays in the lane's quota; a longer wait goes to the calendar.
"""


class Settler(Struct, frozen=True):
    """Settles the tasks of one worker."""

    bus: Bus
    worker: str

    async def settle(self, held: HeldTask, outcome: Outcome) -> FinalState | None:
        """Store what is to be stored, then acknowledge; the final state, or None where the task lives on."""
        task = held.task
        if task is None:
            await self._acknowledge(held)
            return None
        match outcome:
            case Done():
                return await self._finish(
                    held, task, "completed", await self._output(task, outcome.output), None
                )
            case Rejected():
                return await self._finish(held, task, "rejected", NULL, outcome.error)
            case Failed():
                return await self._fail(held, task, outcome.error)
            case Retry():
                most = _most_attempts(held, task)
                if task.attempt >= most:
                    return await self._fail(held, task, outcome.error)
                await self._again(held, task, outcome)
                return None
            case Returned():
                await self._give_back(held, task)
                return None
            case Superseded():
                # Perhaps a worker died between the outcome and this.
                await self._overwrite(held)
                await self._acknowledge(held)
                return None
            case _:
                assert_never(outcome)

    async def _finish(
        self,
        held: HeldTask,
        task: Task,
        state: FinalState,
        output: Raw | errors.RevoError,
        error: ErrorInfo | None,
    ) -> FinalState:
        if isinstance(output, errors.RevoError):
            return await self._fail(held, task, output.info())
        result = Result(
            id=task.id,
            queue=task.queue,
            function=task.function,
            state=state,
            input=ERASED if state == "completed" and _private(held) else await self._input(task, state),
            output=output,
            error=error,
            attempts=task.attempt,
            worker=self.worker,
            submitted_at=task.submitted_at,
            started_at=held.started_at,
            finished_at=codec.now(),
            priority=task.priority,
            parent=task.parent,
            schedule=task.schedule,
            trace=task.trace,
            usage=_usage(held),
            timeout=task.timeout,
            max_attempts=task.max_attempts,
            tenant=task.tenant,
            agent=task.agent,
            memory=task.memory,
        )
        subject = names.result(task.queue, task.function, task.id)
        # Somebody may have been first: canceled, or a worker that was thought dead. Theirs counts.
        with contextlib.suppress(Exists):
            await self._keep(subject, codec.encode(result), {codec.EXPECTED: "0"})
        if state == "completed":
            await self._overwrite(held)
        await self._acknowledge(held)
        return state

    async def _fail(self, held: HeldTask, task: Task, error: ErrorInfo) -> FinalState:
        letter = DeadLetter(
            task.id, task.name, task.priority, embeddable(task.input), error, task.attempt, codec.now()
        )
        subject = names.dead_letter(task.queue, task.function, task.id)
        await self._keep(
            subject, codec.encode(letter), {codec.MSG_ID: f"dlq-{task.id}-{held.delivery.stream_sequence}"}
        )
        return await self._finish(held, task, "failed", NULL, error)

    async def _again(self, held: HeldTask, task: Task, outcome: Retry) -> None:
        delay = outcome.delay
        if delay is None:
            backoff = held.function.options.backoff if held.function is not None else None
            delay = backoff.seconds(task.attempt, random.random()) if backoff is not None else 1.0  # noqa: S311
        told = Retried(
            task.id,
            task.name,
            task.attempt,
            task.attempt + 1,
            held.delivery.delivered,
            delay,
            codec.now(),
            outcome.error,
            task.agent,
        )
        if delay <= NAK_AT_MOST:
            await self._tell(task, told)
            await self._negative(held, delay)
            return
        start = codec.now() + timedelta(seconds=delay)
        headers = {
            "Nats-Schedule": f"@at {start.isoformat()}",
            "Nats-Schedule-Target": names.task(task.queue, task.function, task.priority, task.id),
            codec.ATTEMPT: str(task.attempt + 1),
            codec.SUBMITTED: task.submitted_at.isoformat(),
            codec.DOOR: "retry",
            **codec.carried(task),
        }
        await self.bus.store(names.schedule(task.id), task.input, headers)
        await self._acknowledge(held)
        await self._tell(task, told)

    async def _give_back(self, held: HeldTask, task: Task) -> None:
        delivered = held.delivery.delivered
        told = Retried(
            task.id, task.name, task.attempt, task.attempt, delivered, 0.0, codec.now(), None, task.agent
        )
        await self._tell(task, told)
        await self._negative(held, 0.0)

    async def _keep(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """Store an outcome, however long it takes: the work is done, and its lease is renewed meanwhile."""
        pause = 0.25
        while True:
            try:
                await self.bus.store(subject, payload, headers)
            except (errors.StoreFull, errors.Unavailable) as error:
                log.warning(
                    "outcome waits for the store", subject=subject, code=error.code, error=error.message
                )
                await asyncio.sleep(pause)
                pause = min(5.0, pause * 2)
            else:
                return

    async def _tell(self, task: Task, told: Retried) -> None:
        await self.bus.store(names.event(task.queue, task.function, task.id, "retry"), codec.encode(told))

    async def _overwrite(self, held: HeldTask) -> None:
        # An acknowledged message is gone, but its bytes stay in the file for as long as others are there.
        if _private(held):
            await Records(self.bus, streams.STREAM_TASKS).delete(held.delivery.stream_sequence)

    async def _acknowledge(self, held: HeldTask) -> None:
        await self.bus.post(held.key, b"+ACK")

    async def _negative(self, held: HeldTask, delay: float) -> None:
        body = b'-NAK {"delay": %d}' % int(delay * 1e9) if delay > 0 else b"-NAK"
        await self.bus.post(held.key, body)

    async def _input(self, task: Task, state: FinalState) -> Raw:
        if len(task.input) <= streams.MAX_EMBEDDED_INPUT:
            # What completed has been decoded; anything else may not even be JSON.
            return Raw(task.input or b"{}") if state == "completed" else embeddable(task.input)
        reference = await Objects(self.bus, "payloads").put(f"{task.id}.input", task.input)
        return Raw(codec.encode(reference))

    async def _output(self, task: Task, output: bytes) -> Raw | errors.RevoError:
        if len(output) <= streams.MAX_OUTPUT:
            return Raw(output)
        if len(output) > streams.MAX_OBJECT:
            return errors.ResultTooLarge(f"{len(output)} bytes; a result holds at most {streams.MAX_OBJECT}")
        return Raw(codec.encode(await Objects(self.bus, "payloads").put(f"{task.id}.output", output)))


def _private(held: HeldTask) -> bool:
    return held.function is not None and held.function.options.private


def _most_attempts(held: HeldTask, task: Task) -> int:
    if task.max_attempts is not None:
        return task.max_attempts
    return held.function.options.max_attempts if held.function is not None else 1


def _usage(held: HeldTask) -> dict[str, float] | None:
    """What the attempt took of language models. No dollars rather than wrong ones."""
    use = held.usage
    if use is None:
        return None
    told: dict[str, float] = {
        "model_calls": use.calls,
        "input_tokens": use.input_tokens,
        "output_tokens": use.output_tokens,
        "model_ms": use.ms,
    }
    return told if use.usd is None else {**told, "usd": round(use.usd, 9)}
