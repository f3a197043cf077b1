"""A stack of processes for one test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.faults.parts import Stack, stack


@pytest_asyncio.fixture
async def whole(tmp_path: Path) -> AsyncIterator[Stack]:
    """A nats-server with all streams; start workers, gateway and analytics as the test needs them."""
    async with stack(tmp_path) as made:
        yield made
