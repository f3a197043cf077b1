import httpx
import pytest

from infra.testing import Stack


@pytest.fixture
async def http():
    """An HTTP client; give it the whole address."""
    async with httpx.AsyncClient(timeout=15) as client:
        yield client


@pytest.fixture
async def engine(revo_stack) -> Stack:
    """A stack with a gateway and a worker for an engine of the test."""
    from .engine_jobs import sketch

    return await revo_stack(sketch, gateway=True)
