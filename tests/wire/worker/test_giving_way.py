"""A worker leaves a queue to others for a moment, and does not hold up its end for children elsewhere."""

import asyncio
import time

from functions import Context, function
from subjects import codec, names
from subjects.client import Client
from subjects.kv import Bucket
from subjects.messages import FunctionInfo
from subjects.signals import Yield


@function("way.step")
async def step(n: int) -> int:
    """Its number."""
    return n


@function("way.parent")
async def parent(ctx: Context) -> int:
    """Waits for a child that nobody runs."""
    output: int = await ctx.call("elsewhere.child", {})
    return output


@function("elsewhere.child")
async def child() -> int:
    """A number."""
    return 7


async def test_a_queue_that_is_left_to_others_is_taken_up_again(start_worker, client: Client, bus):
    worker = await start_worker(step)
    await client.run("way.step", {"n": 0}, wait=5)
    until = time.monotonic() + 0.5
    signal = codec.encode(Yield("way", 0.5))
    await bus.post(names.control("yield", worker.state.id), signal)
    while not worker.puller.gives_way("way"):  # noqa: ASYNC110 - the signal is on its way
        await asyncio.sleep(0.005)
    tasks = [await client.start("way.step", {"n": n}) for n in range(20)]
    for task in tasks:
        await client.result(task.id, 5)
    assert time.monotonic() >= until


async def test_a_parent_whose_children_are_elsewhere_is_given_back_at_once(start_worker, client: Client, bus):
    await Bucket(bus, "functions", FunctionInfo).put(
        "elsewhere.child", FunctionInfo("elsewhere.child", "", {}, {}, 1, 1, "loop")
    )
    worker = await start_worker(parent, drain=15.0)
    task = await client.start("way.parent", {})
    while not any(held.stage == "waiting" for held in worker.state.held.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    began = time.monotonic()
    await worker.close()
    assert time.monotonic() - began < 10
    await start_worker(parent, child)
    result = await client.result(task.id, 10)
    assert (result.state, bytes(result.output), result.attempts) == ("completed", b"7", 1)
