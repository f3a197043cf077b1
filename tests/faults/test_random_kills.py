"""Five thousand tasks while workers, gateway, analytics and nats-server die by SIGKILL, at random."""

import asyncio
import contextlib
import os
import random
from pathlib import Path

import msgspec
import pytest

from tests.faults import run, work
from tests.faults.checker import check
from tests.faults.parts import stack

SEED = int(os.environ.get("FAULT_SEED", "20"))
COUNT = int(os.environ.get("FAULT_TASKS", "5000"))
SECONDS = float(os.environ.get("FAULT_SECONDS", "40"))
WORKERS = ("worker-1", "worker-2", "worker-3")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_every_acknowledged_task_has_exactly_one_outcome_whatever_dies(tmp_path: Path, record_property):
    print(f"FAULT_SEED={SEED} FAULT_TASKS={COUNT} FAULT_SECONDS={SECONDS:g}")
    chance = random.Random(SEED)
    plan = work.tasks(chance, COUNT, ("client", "header", "subject", "http"))
    blows = work.blows(chance, SECONDS, WORKERS)
    history = run.History()
    async with stack(tmp_path, history.told) as whole:
        for name in WORKERS:
            await whole.worker(name)
        await whole.gateway()
        await whole.analytics()
        async with whole.door() as http, run.looking_on(whole.bus, history):
            submitters = run.Submitters(whole, history, http)
            reader = asyncio.create_task(run.reading(whole.bus, chance, submitters.acknowledged, history))
            nemesis = asyncio.create_task(run.nemesis(whole, blows))
            await submitters.run(plan, SECONDS)
            await nemesis
            for part in whole.parts.values():
                await asyncio.wait_for(part.ready.wait(), 45)
            await run.quiet(whole, 75)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        found = await run.final(whole.client, whole.bus)
        await whole.parts["analytics"].close()
        rows = list(run.rows(whole.rows_file))
    events = history.with_runs(tmp_path / "runs.jsonl")
    _keep(tmp_path, events, found, rows)
    report = check(events, found, rows)
    for name, value in report.figures.items():
        print(f"{name}: {value}")
        record_property(name, value)
    assert not report.violations, f"seed {SEED}: " + "; ".join(report.violations[:20])
    assert report.figures["acknowledged"] >= COUNT * 0.98


def _keep(folder: Path, *parts: object) -> None:
    """The whole run on disk, so that the checker can be run again on it."""
    with contextlib.suppress(OSError):
        (folder / "run.json").write_bytes(msgspec.json.encode(parts))
