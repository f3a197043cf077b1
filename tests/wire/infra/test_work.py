"""Single parts on a server that runs already: how pods are started."""

import asyncio
import json
import signal
import urllib.request
from pathlib import Path

JOBS = Path(__file__).with_name("jobs.py")


async def started(process):
    """The line in which a part says that it is ready."""
    async for line in process.stderr:
        if b"ready on" in line:
            return line.decode()
    raise AssertionError("it never was ready")


async def ended(process):
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    return process.returncode


async def test_workers_join_serve_and_leave_in_order(nats_server, shell):
    shell.environment["REVOAGENT_NATS_URL"] = nats_server.url
    work = await shell.start("work", JOBS, "--processes", 2, "--slots", 3)
    await started(work)
    workers = (await shell.revo("worker", "ls", "-o", "json")).json
    assert [worker["slots"] for worker in workers] == [3, 3]
    assert (await shell.revo("run", "text.shout", "--text", "hi")).out == "HI!\n"
    assert await ended(work) == 0


async def test_a_worker_runs_only_what_it_is_told_to(nats_server, shell):
    shell.environment["REVOAGENT_NATS_URL"] = nats_server.url
    work = await shell.start("work", JOBS, "--only", "text.shout")
    await started(work)
    assert [own["name"] for own in (await shell.revo("function", "ls", "-o", "json")).json] == ["text.shout"]
    assert await ended(work) == 0


async def test_a_worker_that_is_drained_is_not_started_again(nats_server, shell):
    shell.environment["REVOAGENT_NATS_URL"] = nats_server.url
    work = await shell.start("work", JOBS)
    await started(work)
    (worker,) = (await shell.revo("worker", "ls", "-o", "json")).json
    assert (await shell.revo("worker", "drain", worker["id"])).code == 0
    assert (await work.stderr.readuntil(b"not started again")).endswith(b"not started again")
    (worker,) = (await shell.revo("worker", "ls", "-o", "json")).json
    assert (worker["state"], worker["pid"]) == ("drained", None)
    assert await ended(work) == 0


async def test_a_gateway_and_analytics_run_on_their_own(nats_server, shell):
    shell.environment["REVOAGENT_NATS_URL"] = nats_server.url
    gateway, analytics = await asyncio.gather(shell.start("gateway"), shell.start("analytics"))
    url = (await started(gateway)).rpartition(" ")[2].strip()
    await started(analytics)
    with await asyncio.to_thread(urllib.request.urlopen, url + "/livez") as answer:
        assert answer.status == 200
    assert json.loads((await shell.revo("query", "-o", "json")).out)["rows"]
    assert await asyncio.gather(ended(gateway), ended(analytics)) == [0, 0]
