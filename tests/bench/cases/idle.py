"""What a whole stack costs while nothing is to be done: `revo up` in an empty directory."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil

import infra
from infra.address import Address
from tests.bench.children import Broken, place
from tests.bench.figures import Row, Scale, sample

SETTLE = 2.0
"""Seconds after "ready" that are left out."""


async def run(scale: Scale) -> list[Row]:
    """Seconds to ready; resident memory and CPU of each process."""
    ready: list[float] = []
    memory: dict[str, list[float]] = {}
    busy: dict[str, list[float]] = {}
    for _ in range(scale.of(3, 1)):
        with place() as state:
            async with up(state) as (where, seconds):
                ready.append(seconds)
                for name, (resident, percent) in (await _watched(where, scale.of(10, 3))).items():
                    memory.setdefault(name, []).append(resident)
                    busy.setdefault(name, []).append(percent)
    rows = [Row("idle", "revo up: start to ready", "s", sample(ready))]
    rows += [
        Row("idle", f"idle: resident memory, {name}", "MiB", sample(values))
        for name, values in memory.items()
    ]
    rows += [
        Row("idle", f"idle: CPU of one core, {name}", "%", sample(values)) for name, values in busy.items()
    ]
    return rows


@contextlib.asynccontextmanager
async def up(state: Path, *targets: str, **settings: str) -> AsyncIterator[tuple[Address, float]]:
    """`revo up` with these targets and settings: where it is, and the seconds it took to be ready."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("REVOAGENT_")}
    free = {f"REVOAGENT_{name}": "0" for name in ("PORT", "NATS_PORT", "NATS_MONITOR_PORT")}
    chosen = {f"REVOAGENT_{name}": value for name, value in settings.items()}
    command = [
        sys.executable,
        "-P",
        str(Path(str(infra.__file__)).with_name("__main__.py")),
        "up",
        *targets,
        "-o",
        "json",
    ]
    began = time.monotonic()
    with (state / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=state,
            env={**own, **free, **chosen},
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        if not line:
            raise Broken(f"revo up ended: {(state / 'up.log').read_text()[-500:]}")
        yield msgspec.json.decode(line, type=Address), time.monotonic() - began
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(40):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _watched(where: Address, seconds: float) -> dict[str, tuple[float, float]]:
    """Of each process and of all: resident MiB, and percent of one core over some seconds."""
    pids = {"supervisor": where.pid, **where.parts}
    if where.server_pid is not None:
        pids["nats-server"] = where.server_pid
    await asyncio.sleep(SETTLE)
    processes = {name: psutil.Process(pid) for name, pid in pids.items()}
    before, began = {name: _used(process) for name, process in processes.items()}, time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    found = {
        name: (process.memory_info().rss / (1 << 20), (_used(process) - before[name]) / took * 100)
        for name, process in processes.items()
    }
    found["all together"] = (sum(one for one, _ in found.values()), sum(one for _, one in found.values()))
    return found


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
