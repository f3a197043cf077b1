"""What the parts of one worker share: what it runs, what it holds, and what came of it."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api import Function
from functions.held import HeldTask
from functions.ledger import Ledger
from functions.settings import WorkerSettings
from subjects import codec
from subjects.bus import Bus, Message
from subjects.traces import OFF, Tracer


class WorkerState:
    """One worker at work."""

    def __init__(
        self,
        bus: Bus,
        settings: WorkerSettings,
        functions: Mapping[str, Function[..., Any]],
        tracer: Tracer = OFF,
    ) -> None:
        self.bus = bus
        self.settings = settings
        self.tracer = tracer
        self.id = settings.name
        self.functions = functions
        self.held: dict[str, HeldTask] = {}
        self.ledger = None if settings.ledger is None else Ledger(settings.ledger)
        self.waiting: Callable[[], list[Message]] = list
        self.stopped: Callable[[str], bool] = lambda _: False
        self.started_at = codec.now()
        self.completed = 0
        self.failed = 0
        self.run_ms: float | None = None
        self.draining = False

    def ran(self, seconds: float) -> None:
        """Count one more task into the mean of the last ones."""
        before = seconds * 1000 if self.run_ms is None else self.run_ms
        self.run_ms = before + (seconds * 1000 - before) * 0.2
