"""What a function does to its process, it does to nobody else."""

import asyncio
import hashlib

import msgspec
import pytest

from subjects import errors
from subjects.client import Client


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("exit", "exit code 3"),
        ("crash", "SIGSEGV"),
    ],
)
async def test_the_death_of_a_child_process_is_an_outcome(start_worker, client: Client, what, said):
    await start_worker()
    result = await client.run("sample.apart", {"what": what}, wait=10)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "worker_lost")
    assert said in result.error.message
    assert (await client.run("sample.add", {"x": 1}, wait=5)).state == "completed"


async def test_a_child_that_wants_too_much_memory_fails_alone(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.apart", {"what": "memory"}, wait=10)
    assert result.state == "failed"


async def test_a_child_that_spins_is_killed_at_its_time_limit(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.spin", wait=10)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "timeout")


async def test_a_child_can_print_ask_for_other_tasks_and_tell_its_progress(start_worker, client: Client):
    await start_worker()
    assert (await client.run("sample.apart", {"what": "print"}, wait=10)).state == "completed"
    result = await client.run("sample.apart", {"what": "child"}, wait=10)
    assert bytes(result.output) == b'"42"'
    assert "progress" in [told.kind async for told in client.events(result.id)]


async def test_a_child_keeps_files_by_digest_and_hears_that_there_is_no_model(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.apart", {"what": "file"}, wait=10)
    bucket, _, digest = msgspec.json.decode(bytes(result.output)).partition("/")
    assert await client.objects(bucket).get(digest) == b"made apart"
    assert hashlib.sha256(b"made apart").hexdigest() == digest
    refused = await client.run("sample.apart", {"what": "model"}, wait=10)
    assert refused.error is not None
    assert (refused.state, refused.error.type) == ("failed", "no_model")


async def test_a_child_can_run_programs_with_higher_limits_than_its_own(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.apart", {"what": "sandbox"}, wait=10)
    assert bytes(result.output) == b'"0"'


async def test_a_canceled_child_process_is_killed(start_worker, client: Client, until):
    await start_worker()
    task = await client.start("sample.spin", timeout=60)
    await until(task.id, state="running")
    await client.cancel(task.id)
    assert (await client.run("sample.add", {"x": 1}, wait=5)).state == "completed"


async def test_a_handler_that_blocks_the_loop_is_named_with_its_place(start_worker, client: Client):
    await start_worker(stall=0.2)
    task = await client.start("sample.block", {"seconds": 0.6})
    await client.result(task.id, wait=5)
    async with asyncio.timeout(30):
        lines: list[bytes] = []
        while not any(b"blocked the event loop" in line for line in lines):
            lines = [told.data async for told in client.events(task.id) if told.kind == "log"]
    assert any(b"sample.py" in line and b"in block" in line for line in lines)


async def test_a_call_to_a_dead_function_is_an_error_for_its_caller(start_worker, client: Client):
    await start_worker()
    with pytest.raises(errors.WorkerLost):
        await client.call("sample.apart", {"what": "exit"})


async def test_a_child_goes_out_by_a_gate_with_the_settings_of_its_worker(start_worker, client: Client):
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await start_worker(browse_private=(f"127.0.0.1:{port}",))
    result = await client.run("sample.outward", wait=10)
    server.close()
    assert result.output is not None
    assert msgspec.json.decode(result.output) == ["refused", "made"]
