"""Whether the system can do its work, part by part, with the reason where it cannot."""

import asyncio
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.catalog import Catalog
from gateway.queues import Queues
from gateway.settings import GatewaySettings
from subjects import errors, streams
from subjects.bus import Bus, Records
from subjects.client import Client

State = Literal["healthy", "stressed", "degraded", "unknown"]


class Part(Struct, frozen=True):
    """One part: its state, and why it is so."""

    state: State
    reason: str


class Health(Struct, frozen=True):
    """The whole is as bad as its worst part."""

    health: State
    parts: dict[str, Part]


BEHIND = 10_000
"""Messages that analytics may have before it; with more, what it answers is old."""

_WORST: tuple[State, ...] = ("degraded", "unknown", "stressed", "healthy")


class Examined(Struct, frozen=True):
    """What is looked at."""

    client: Client
    catalog: Catalog
    queues: Queues
    settings: GatewaySettings


async def examine(own: Examined) -> Health:
    """Ask every part."""
    bus = own.client.bus
    parts = await ready(bus, own.settings.monitor_url)
    if all(part.state == "healthy" for part in parts.values()):
        workers, analytics, tasks = await asyncio.gather(
            _workers(own.catalog), _analytics(own.client), _tasks(own.queues)
        )
        parts |= {"workers": workers, "analytics": analytics, "tasks": tasks}
    states = {part.state for part in parts.values()}
    return Health(next(state for state in _WORST if state in states), parts)


async def ready(bus: Bus, monitor_url: str) -> dict[str, Part]:
    """What must be there before this gateway can accept anything."""
    nats = await _nats(bus, monitor_url)
    if nats.state != "healthy":
        return {"nats": nats}
    return {"nats": nats, "streams": await _streams(bus)}


async def _nats(bus: Bus, monitor_url: str) -> Part:
    if not bus.connected:
        return Part("degraded", "no connection to the NATS server")
    if monitor_url:
        wrong = await _healthz(monitor_url)
        if wrong:
            return Part("degraded", wrong)
    return Part("healthy", "connected")


async def _streams(bus: Bus) -> Part:
    missing = []
    for stream in streams.STREAMS:
        try:
            await Records(bus, stream.name).info()
        except errors.NotFound:
            missing.append(stream.name)
        except errors.RevoError as error:
            return Part("degraded", f"stream {stream.name}: {error.message}")
    if missing:
        return Part("degraded", f"missing: {', '.join(missing)}")
    return Part("healthy", f"{len(streams.STREAMS)} streams")


async def _workers(catalog: Catalog) -> Part:
    try:
        workers = await catalog.workers.get()
    except errors.RevoError as error:
        return Part("unknown", error.message)
    if not workers:
        return Part("degraded", "no worker is alive; tasks wait")
    stuck = [worker.id for worker in workers.values() if worker.stuck]
    if stuck:
        return Part("stressed", f"a handler would not stop on {', '.join(stuck)}")
    return Part("healthy", f"{len(workers)} alive")


async def _analytics(client: Client) -> Part:
    try:
        await client.query("overview", within=2.0)
        positions = await client.query("positions", within=2.0)
    except errors.RevoError as error:
        return Part("degraded", f"analytics does not answer: {error.message}")
    behind = sum(row[positions["columns"].index("behind")] for row in positions["rows"])
    if behind > BEHIND:
        return Part("stressed", f"analytics catches up: {behind} messages are not rows yet")
    return Part("healthy", "answers")


async def _tasks(queues: Queues) -> Part:
    try:
        overview = await queues.overview()
    except errors.RevoError as error:
        return Part("unknown", error.message)
    if overview is None:
        return Part("unknown", "nobody measures how tasks do")
    reason = f"{overview.running} running, {overview.queued} queued"
    if overview.unserved:
        reason += f", {overview.unserved} wait for queues that no worker serves"
    if overview.error_rate:
        reason += f", {overview.error_rate:g} % failed in the last hour"
    return Part(overview.health, reason)


async def _healthz(monitor_url: str) -> str:
    """Why the server's own health check fails; empty where it does not."""
    address = urlsplit(monitor_url)
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(address.hostname, address.port or 80)
            writer.write(f"GET /healthz HTTP/1.0\r\nHost: {address.netloc}\r\n\r\n".encode())
            answer = await reader.read(4096)
            writer.close()
    except (OSError, TimeoutError) as error:
        return f"the server's health check does not answer: {error or type(error).__name__}"
    head, _, body = answer.partition(b"\r\n\r\n")
    return (
        ""
        if b" 200 " in head.split(b"\r\n")[0]
        else f"the server says {body.decode('utf-8', 'replace')[:200]}"
    )
