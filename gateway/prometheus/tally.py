"""Counts what the streams tell while this gateway runs: outcomes, calls of models, and how hosts do."""

import contextlib
import math
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import msgspec
import structlog
from msgspec import Struct

from gateway.prometheus.families import TASK_SECONDS
from gateway.prometheus.samples import MOST, Capped, Histogram, Labels, Reading, Sample
from subjects import codec, errors, names
from subjects.bus import Bus, Message
from subjects.messages import SystemMetrics
from subjects.model_call import ModelCall

log = structlog.get_logger()

STALE = timedelta(seconds=30)
"""The values of a host that has said nothing for so long are dropped."""
FORGOTTEN = timedelta(hours=1)
"""Its age is told for so long, so that its absence can be noticed; then it was taken away on purpose."""


class _Outcome(Struct, frozen=True):
    """As much of a result as is counted; the rest is not even decoded."""

    queue: str
    function: str
    state: str
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime


_outcomes = msgspec.json.Decoder(_Outcome)
_calls = msgspec.json.Decoder(ModelCall)
_hosts = msgspec.json.Decoder(SystemMetrics)


class Tally:
    """What was heard since `running` was entered. Messages that cannot be read are not counted."""

    def __init__(self) -> None:
        self._finished = Capped()
        self._waited = Histogram(TASK_SECONDS)
        self._ran = Histogram(TASK_SECONDS)
        self._calls = Capped()
        self._tokens = Capped()
        self._dollars = Capped()
        self._unpriced = Capped()
        self._model_seconds = Histogram(TASK_SECONDS)
        self._hosts: dict[str, tuple[SystemMetrics, datetime]] = {}

    @contextlib.asynccontextmanager
    async def running(self, bus: Bus) -> AsyncIterator["Tally"]:
        """Listens for as long as the context is open."""
        heard = [
            await bus.subscribe(f"live.{names.RESULTS}", self._on_result),
            await bus.subscribe("live.metric.*.model_call", self._on_call),
            await bus.subscribe("live.metric.*.system", self._on_host),
        ]
        try:
            yield self
        finally:
            for subscription in heard:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    def samples(self) -> dict[str, Iterable[Sample]]:
        """What was counted, by family."""
        return {
            "revo_tasks_finished_total": self._finished.samples(),
            "revo_task_queue_seconds": self._waited.samples(),
            "revo_task_run_seconds": self._ran.samples(),
            "revo_model_calls_total": self._calls.samples(),
            "revo_model_tokens_total": self._tokens.samples(),
            "revo_model_cost_dollars_total": self._dollars.samples(),
            "revo_model_unpriced_calls_total": self._unpriced.samples(),
            "revo_model_seconds": self._model_seconds.samples(),
        }

    def hosts(self) -> list[Reading]:
        """The last values of the hosts that still tell some, and how old the last word of each is."""
        now = codec.now()
        self._hosts = {host: own for host, own in self._hosts.items() if now - own[1] < FORGOTTEN}
        known = sorted(self._hosts.items())
        found: dict[str, list[tuple[Labels, float]]] = {}
        for host, (told, at) in known:
            found.setdefault("revo_host_age_seconds", []).append(((host,), (now - at).total_seconds()))
            if now - at > STALE:
                continue
            for name, value in _host(told):
                # A host whose figure is no number has none.
                if math.isfinite(value):
                    found.setdefault(name, []).append(((host,), value))
            for process, size in sorted(told.processes.items())[:MOST]:
                if math.isfinite(size):
                    found.setdefault("revo_process_memory_bytes", []).append(((host, process), size))
        return list(found.items())

    async def _on_result(self, message: Message) -> None:
        try:
            outcome = codec.decode(message.data, _outcomes)
        except errors.RevoError:
            return
        self._finished.add((outcome.queue, f"{outcome.queue}.{outcome.function}", outcome.state))
        begun = outcome.started_at
        if begun is not None:
            # Clocks of several machines: a time below nothing is nothing.
            waited, ran = begun - outcome.submitted_at, outcome.finished_at - begun
            self._waited.add((outcome.queue,), max(0.0, waited.total_seconds()))
            self._ran.add((outcome.queue,), max(0.0, ran.total_seconds()))

    async def _on_call(self, message: Message) -> None:
        try:
            call = codec.decode(message.data, _calls)
        except errors.RevoError:
            return
        model = (call.provider, call.model)
        self._calls.add((*model, call.agent, call.outcome))
        self._tokens.add((*model, "input"), call.input_tokens)
        self._tokens.add((*model, "output"), call.output_tokens)
        if call.usd is None:
            self._unpriced.add(model)
        else:
            self._dollars.add((*model, call.agent), call.usd)
        self._model_seconds.add(model, call.ms / 1000)

    async def _on_host(self, message: Message) -> None:
        try:
            told = codec.decode(message.data, _hosts)
        except errors.RevoError:
            return
        if told.host in self._hosts or len(self._hosts) < MOST:
            self._hosts[told.host] = (told, codec.now())


def _host(told: SystemMetrics) -> list[tuple[str, float]]:
    return [
        ("revo_host_cpu_ratio", told.cpu_usage / 100),
        ("revo_host_memory_ratio", told.memory_usage / 100),
        ("revo_host_disk_ratio", told.disk_usage / 100),
        ("revo_host_load1", told.load[0] if told.load else math.nan),
        ("revo_host_network_received_bytes_total", float(told.network_io.bytes_received)),
        ("revo_host_network_sent_bytes_total", float(told.network_io.bytes_sent)),
    ]
