"""Many registered agents: registering them, and what a list, a search and a choice among them take."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import psutil

from functions import function
from infra.testing import Stack, stack
from subjects import codec
from subjects.agents import Agent, Definition
from subjects.bus import Bus
from subjects.kv import Bucket
from tests.bench.figures import Row, Scale, percentile, sample

AT_ONCE = 32
DESCRIPTION = "Looks at what it is given, and says what it has seen. " * 4


@function("bench.look")
async def look() -> str:
    """What all of them can do."""
    return ""


async def run(scale: Scale) -> list[Row]:
    """Milliseconds for each question to a gateway that knows so many agents."""
    count = scale.of(10_000, 500)
    async with stack(look, gateway=True) as own, httpx.AsyncClient(base_url=own.http, timeout=60) as http:
        before = psutil.Process().memory_info().rss
        doors, bare = await _registered(own, http, count)
        rows = [
            Row("agents", f"register {count // 2:,} over HTTP, {AT_ONCE} at once", "/s", sample([doors]),
                "the same definitions put into the bucket", sample([bare])),
        ]  # fmt: skip
        grown = (psutil.Process().memory_info().rss - before) / (1 << 20)
        page = min(500, count // 4)
        middle = (await http.get(f"/api/agents?limit={page}")).links["next"]["url"]
        asked = {
            "a page of 100": lambda: http.get("/api/agents?limit=100"),
            f"a page of {page} from the middle": lambda: http.get(middle),
            "one agent": lambda: http.get("/api/agents/a7"),
            "a task for one": lambda: http.post("/api/agents/a7/tasks", json={}),
            "a search by text over all": lambda: http.get("/api/agents?text=no-such-word"),
            "the best of all": lambda: http.post("/api/agents/choose", json={"capabilities": ["bench.look"]}),
        }
        for what, ask in asked.items():
            took = []
            for _ in range(scale.of(15, 3)):
                begun = time.perf_counter()
                (await ask()).raise_for_status()
                took.append((time.perf_counter() - begun) * 1000)
            rows.append(Row("agents", f"{what}, of {count:,}", "ms", sample([percentile(took, 50)])))
        # The whole stack and its client are one process here.
        rows.append(Row("agents", f"memory that {count:,} more take", "MB", sample([grown])))
    return rows


async def _registered(own: Stack, http: httpx.AsyncClient, count: int) -> tuple[float, float]:
    """Agents a second, through the door and straight into the bucket; both are registered in the end."""

    async def over_http(number: int) -> None:
        body = {"id": f"a{number}", "capabilities": ["bench"], "description": DESCRIPTION}
        (await http.post("/api/agents", json=body)).raise_for_status()

    async def by_hand(number: int) -> None:
        await _put(own.bus, f"b{number}")

    half = count // 2
    rates = await _rate(over_http, half), await _rate(by_hand, half)
    stored = len(await Bucket(own.bus, "agents", Agent).entries())
    if stored != 2 * half:
        raise RuntimeError(f"{stored} of {2 * half} agents are registered")
    return rates


async def _put(bus: Bus, id: str) -> None:
    now = codec.now()
    definition = Definition(capabilities=["bench"], description=DESCRIPTION)
    await Bucket(bus, "agents", Agent).put(id, Agent(id, definition, now, now))


async def _rate(register: Callable[[int], Awaitable[None]], count: int) -> float:
    left = iter(range(count))

    async def some() -> None:
        for number in left:
            await register(number)

    begun = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - begun)
