"""An analytics service over a real server, and results made by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from msgspec import Raw

from analytics import service
from analytics.settings import AnalyticsSettings
from analytics.store import Store
from infra.server import Server
from subjects import codec, names
from subjects.bus import Bus
from subjects.messages import Result
from subjects.settings import NatsSettings

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(nats_server: Server, tmp_path: Path) -> AnalyticsSettings:
    """Commits and looks more often than usual, so that tests do not wait."""
    nats = NatsSettings(url=nats_server.url, name="analytics")
    return AnalyticsSettings(nats=nats, file=tmp_path / "a.duckdb", flush=0.01, status_every=0.05)


@pytest.fixture
def made() -> Callable[..., Result]:
    """A result with everything filled in: `made(7, state="failed")`."""

    def make(number: int, **changes: Any) -> Result:
        submitted = changes.pop("submitted_at", NOON + timedelta(milliseconds=number))
        whole = Result(
            id=f"t-{number}",
            queue="text",
            function="shout",
            state="completed",
            input=Raw(b'{"text":"hi"}'),
            output=Raw(b'"HI"'),
            error=None,
            attempts=1,
            worker="w-1",
            submitted_at=submitted,
            started_at=submitted + timedelta(milliseconds=2),
            finished_at=submitted + timedelta(milliseconds=10),
        )
        return msgspec.structs.replace(whole, **changes)

    return make


@pytest.fixture
def publish(bus: Bus) -> Callable[..., Awaitable[None]]:
    """Stores results as a worker does."""

    async def store(*results: Result) -> None:
        for start in range(0, len(results), 500):
            await asyncio.gather(
                *(
                    bus.store(names.result(one.queue, one.function, one.id), codec.encode(one))
                    for one in results[start : start + 500]
                )
            )

    return store


@pytest_asyncio.fixture
async def store(settings: AnalyticsSettings, bus: Bus) -> AsyncIterator[Store]:
    """The store of a running service."""
    async with service.running(settings) as opened:
        yield opened


@pytest.fixture
def caught_up() -> Callable[..., Awaitable[None]]:
    """Waits until a stream has been read to a sequence."""

    async def wait(store: Store, stream: str, sequence: int) -> None:
        async with asyncio.timeout(45):
            while True:
                store.changed.clear()
                position = await store.position(stream)
                if position is not None and position.sequence >= sequence:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await store.changed.wait()

    return wait


@pytest.fixture
def store_with(
    publish: Callable[..., Awaitable[None]], made: Callable[..., Result]
) -> Callable[..., Awaitable[None]]:
    """Stores so many results that have just ended."""

    async def store(number: int) -> None:
        now = codec.now()
        await publish(*(made(own, submitted_at=now) for own in range(number)))

    return store
