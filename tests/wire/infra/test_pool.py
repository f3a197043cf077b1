"""A parallel job makes more worker processes, and they go when it is done."""

import asyncio
import contextlib
import json
from pathlib import Path

import psutil
import pytest

from subjects.client import Client

POOLED = str(Path(__file__).with_name("pool_jobs.py"))


def forked(address):
    """The fork server, and the workers that it made."""
    found = []
    for own in psutil.Process(address["pid"]).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "forkserver" in own.cmdline():
                found.append(own)
    return found


async def until(question):
    """Returns the first true answer."""
    while not (answer := question()):  # noqa: ASYNC110 - a fact of other processes
        await asyncio.sleep(0.02)
    return answer


@pytest.mark.timeout(60)
async def test_the_pool_grows_with_a_job_survives_a_death_and_goes(up, shell):
    own = (await up(POOLED, "--no-gateway", "--no-analytics")).address
    assert forked(own) == []
    async with Client.connect(own["nats"]) as client:
        items = [{"n": n} for n in range(250)]
        input = {"function": "pooled.hold", "items": items}
        job = await client.start("parallel_mind.parallel_processing", input)
        log = shell.here / ".revo" / "logs" / "pool.log"
        await until(lambda: log.exists() and log.read_text().count("worker started") > 4)
        next(each for each in forked(own) if each.ppid() != own["pid"]).kill()
        answer = json.loads(await client.output(await client.result(job.id, 40)))
        assert [n for n, _ in answer["results"]] == list(range(250))
        # What the dead worker held runs in a process of its own: it may be what killed it.
        assert len({pid for _, pid in answer["results"]}) >= answer["workers_used"] > 4
        # The fork server stays a while for the next job; its workers do not.
        await until(lambda: len(forked(own)) == 1)
