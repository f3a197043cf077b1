"""A gateway that dies without a word: who comes back misses nothing and gets nothing twice."""

import asyncio
import contextlib
import itertools
import signal
import sys

from tests.wire.gateway.conftest import talking

PROGRAM = """
import asyncio, sys
from gateway import serve
from gateway.settings import GatewaySettings
from subjects.settings import NatsSettings

settings = GatewaySettings(nats=NatsSettings(url=sys.argv[1]), port=int(sys.argv[2]))
asyncio.run(serve.run(settings, lambda url: print(url, flush=True)))
"""


@contextlib.asynccontextmanager
async def process(nats_url, port=0):
    """A gateway in a process of its own, as (url, process)."""
    command = (sys.executable, "-c", PROGRAM, nats_url, str(port))
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=pipe, start_new_session=True)
    try:
        while not (line := (await child.stdout.readline()).decode().strip()).startswith("http"):
            assert line or child.returncode is None
        yield line, child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


async def tell(bus, numbers):
    for number in numbers:
        await bus.store(f"event.text.shout.t{number}.progress", b'{"n": %d}' % number)


async def test_events_go_on_over_the_death_of_the_gateway(nats_server, announced, bus):
    heard = []
    async with process(nats_server.url) as (url, child):
        port = int(url.rpartition(":")[2])
        async with talking(url) as talk:
            await talk.say("subscribe", 1, channel="task_progress")
            await talk.hear("subscribed")
            telling = asyncio.create_task(tell(bus, range(1, 301)))
            heard += await talk.events(100)
            child.send_signal(signal.SIGKILL)
            # What was on its way may still arrive; then the line is dead.
            with contextlib.suppress(Exception):
                while True:
                    heard += await talk.events(1)
    await telling
    async with process(nats_server.url, port) as (url, child), talking(url) as talk:
        last = heard[-1]
        await talk.say("subscribe", 1, channel="task_progress", since=last["seq"], epoch=last["epoch"])
        await talk.hear("subscribed")
        await tell(bus, range(301, 311))
        heard += await talk.events(310 - len(heard))
    assert [event["payload"]["n"] for event in heard] == list(range(1, 311))
    assert all(after["prev"] == before["seq"] for before, after in itertools.pairwise(heard))
