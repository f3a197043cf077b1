"""Spans of a worker, in the words of OpenTelemetry: attempts, calls of others, what they ask and answer."""

import contextlib
from collections.abc import Iterator
from typing import TypeVar

from structlog.contextvars import bind_contextvars

from functions.held import HeldTask
from functions.outcome import Outcome
from subjects import codec, traces
from subjects.messages import Task
from subjects.traces import NOTHING, Span, Tracer, Work

T = TypeVar("T", bound=Outcome)


@contextlib.contextmanager
def attempt(tracer: Tracer, held: HeldTask, task: Task) -> Iterator[Span]:
    """The span of one delivery of a task; log lines from there on carry the task and its trace."""
    with tracer.span(_processing(held, task) if tracer.on else NOTHING, task.trace) as span:
        held.trace = span.traceparent
        name_lines(task, held.trace)
        yield span


@contextlib.contextmanager
def answering(tracer: Tracer, held: HeldTask, task: Task) -> Iterator[Span]:
    """The span of a function that is called by request and reply."""
    work = Work(f"call {task.name}", "server", {"rpc.system": "nats", "rpc.method": task.name})
    with tracer.span(work if tracer.on else NOTHING, task.trace) as span:
        held.trace = span.traceparent
        name_lines(task, held.trace)
        yield span


def name_lines(task: Task, trace: str | None) -> None:
    """From here on the log lines of this asyncio task carry the task, its attempt and its trace."""
    found = traces.trace_id(trace)
    own = {} if found is None else {"trace": found}
    bind_contextvars(task=task.id, function=task.name, attempt=task.attempt, **own)


def ended(span: Span, outcome: T) -> T:
    """The outcome, which the span now knows too."""
    error = getattr(outcome, "error", None)
    if error is not None:
        # The text of an error may hold what the input held; its type never does.
        span.fail(error.type)
    span.note({"revo.outcome": type(outcome).__name__.lower()})
    return outcome


def _processing(held: HeldTask, task: Task) -> Work:
    where = held.delivery
    mark = f"{task.id} {where.stream_sequence} "
    waited = codec.now() - task.submitted_at
    return Work(
        f"process {task.name}",
        "consumer",
        {
            "messaging.system": "nats",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": task.name,
            "messaging.consumer.group.name": f"{held.lane.queue}_{held.lane.priority}",
            "messaging.message.id": task.id,
            "messaging.message.body.size": len(task.input),
            "revo.priority": task.priority,
            "revo.attempt": task.attempt,
            "revo.delivery": where.delivered,
            "revo.queue_seconds": max(0.0, waited.total_seconds()),
        },
        mark=f"{mark}{where.delivered}",
        # The delivery before this one, also where its worker died and could not tell anybody its id.
        after=f"{mark}{where.delivered - 1}" if where.delivered > 1 else "",
    )
