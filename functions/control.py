"""Engines by request and reply, from any worker: `nats req control.engine.creative.stop ''`.

A NATS micro service of its own, so `nats micro ls` shows it. Any worker answers, for all engines.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from subjects import codec, names
from subjects.bus import Bus, Endpoint, Service
from subjects.bus.service import SUBJECT, serve
from subjects.client import engines

Verb = Callable[[Bus, str], Awaitable[object]]

VERBS: dict[str, tuple[Verb, str]] = {
    "status": (engines.status, "How the engine does."),
    "start": (engines.start, "Let it work on."),
    "stop": (engines.stop, "Let it end what runs and begin nothing; its queue is kept."),
    "restart": (engines.restart, "Replace its worker processes, one after the other."),
}


@contextlib.asynccontextmanager
async def controlled(bus: Bus, spawn: Callable[[Awaitable[None]], None]) -> AsyncIterator[None]:
    """Answer for as long as the context is open."""
    endpoints = [_endpoint(bus, verb, call, why) for verb, (call, why) in VERBS.items()]
    service = Service("engines", "List, stop, start and restart engines", endpoints, spawn)
    async with serve(bus, service):
        yield


def _endpoint(bus: Bus, verb: str, call: Verb, why: str) -> Endpoint:
    async def answer(payload: bytes, headers: dict[str, str]) -> bytes:
        del payload
        return codec.encode(await call(bus, headers[SUBJECT].split(".")[2]))

    return Endpoint(verb, names.engine_control("*", verb), answer, {"description": why})
