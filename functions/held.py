"""The tasks a worker holds: each is an un-acknowledged message, and that is the only truth about it."""

import asyncio
from datetime import datetime
from typing import Any, Literal

from functions.api import Function
from functions.lanes import Lane
from functions.ports import ModelUse
from subjects.bus import Message
from subjects.codec import delivery
from subjects.messages import Held, Task

HEARING = 1.0
"""Seconds to wait for the store to have what a task told; an event is not worth more."""

Stage = Literal["reading", "running", "waiting", "settling", "settled"]
Stop = Literal["timeout", "canceled", "draining"]


class HeldTask:
    """One delivery from its arrival to its acknowledgement."""

    __slots__ = (
        "announced",
        "delivery",
        "function",
        "key",
        "lane",
        "leftover",
        "message",
        "overtime",
        "runner",
        "stage",
        "started_at",
        "started_on",
        "stop",
        "stop_by",
        "task",
        "told",
        "trace",
        "usage",
    )

    def __init__(self, lane: Lane, message: Message, clock: float) -> None:
        self.lane = lane
        self.message = message
        self.key = message.reply
        self.delivery = delivery(message.reply)
        self.task: Task | None = None
        self.function: Function[..., Any] | None = None
        self.runner: asyncio.Task[None] | None = None
        self.stage: Stage = "reading"
        self.stop: Stop | None = None
        self.started_on = clock
        self.started_at: datetime | None = None
        self.stop_by = float("inf")
        self.overtime = float("inf")
        self.leftover: asyncio.Future[Any] | None = None
        self.told: asyncio.Future[Any] | None = None
        """What it told last, until the store has it."""
        self.announced = False
        self.usage: ModelUse | None = None
        self.trace: str | None = None
        """What is handed on: the span of this attempt, else what came with the task."""

    @property
    def name(self) -> str:
        """The function's full name, as far as it is known."""
        return self.task.name if self.task is not None else self.message.subject

    @property
    def busy(self) -> bool:
        """Whether its function is at work (or waits for its children)."""
        return self.stage in ("running", "waiting")

    def interrupt(self, why: Stop, clock: float, patience: float) -> None:
        """Ask the function to stop; `overtime` is when the task is settled without it."""
        if self.stop is not None or self.stage in ("settling", "settled"):
            return
        self.stop = why
        self.overtime = clock + patience
        if self.busy and self.runner is not None:
            self.runner.cancel()

    async def heard(self) -> None:
        """Returns once the store has what was told: who sees the outcome has then missed nothing."""
        if self.told is not None:
            await asyncio.wait([self.told], timeout=HEARING)

    def shown(self, at: datetime) -> Held | None:
        """What the worker tells the world of it, so that others can hand it over should this process die."""
        if self.task is None:
            return None
        task = self.task
        return Held(task.id, task.name, task.attempt, self.key, self.started_at or at, task.agent)
