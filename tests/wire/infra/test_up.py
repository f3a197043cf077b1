import asyncio
import json
import os
import signal
import stat
import urllib.request
from pathlib import Path

import psutil
import pytest

from subjects.client import Client

JOBS_FILE = Path(__file__).with_name("jobs.py")
JOB = """
from functions import function

@function("text.version")
async def version() -> int:
    return {number}
"""


async def gone(*pids):
    """Returns once none of the processes is there."""
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, left = await asyncio.to_thread(psutil.wait_procs, alive, 10)
    assert not left


async def until(question):
    """Returns the first true answer."""
    while not (answer := await question()):  # noqa: ASYNC110 - a fact of another process
        await asyncio.sleep(0.02)
    return answer


async def test_the_first_line_has_every_address_and_all_of_them_answer(up, shell):
    own = (await up()).address
    assert {"http", "nats", "monitor", "state", "pid", "parts"} <= own.keys()
    with await asyncio.to_thread(urllib.request.urlopen, own["http"] + "/livez") as answer:
        assert answer.status == 200
    with await asyncio.to_thread(urllib.request.urlopen, own["monitor"] + "/healthz") as answer:
        assert answer.status == 200
    async with Client.connect(own["nats"]) as client:
        assert "parallel_mind.review" in await client.functions()
    assert own["state"] == str(shell.here / ".revo")


async def test_two_stacks_run_side_by_side_in_two_directories(up, shell, tmp_path):
    first = await up("--no-gateway", "--no-analytics")
    shell.here = tmp_path / "there"
    shell.here.mkdir()
    second = await up("--no-gateway", "--no-analytics")
    assert first.address["nats"] != second.address["nats"]


async def test_a_second_one_on_the_same_state_says_who_has_it(small, shell):
    second = await shell.revo("up")
    assert second.code == 1
    assert f"pid {small.address['pid']}" in second.err
    assert "REVOAGENT_STATE" in second.err


async def test_the_state_is_readable_by_its_owner_only(small, shell):
    assert stat.S_IMODE((shell.here / ".revo").stat().st_mode) == 0o700


async def test_what_was_done_is_still_there_after_a_restart(up, shell):
    first = await up("--no-gateway")
    done = await shell.revo("run", "documentation.coverage", "--path", ".", "--id", "kept", "--no-wait")
    assert done.code == 0
    assert (await shell.revo("task", "wait", "kept")).code == 0
    before = (await shell.revo("task", "get", "kept", "-o", "json")).json
    assert await first.end() == 0
    await up("--no-gateway")
    assert (await shell.revo("task", "get", "kept", "-o", "json")).json == before


async def test_an_ephemeral_one_leaves_nothing(up, shell):
    own = await up("--ephemeral", "--no-gateway", "--no-analytics")
    state = Path(own.address["state"])
    assert state.is_dir()  # noqa: ASYNC240
    assert await own.end() == 0
    assert not state.exists()  # noqa: ASYNC240
    assert not (shell.here / ".revo").exists()


async def test_ctrl_c_ends_everything_in_order(up):
    own = await up()
    assert await own.end(signal.SIGINT) == 0
    await gone(own.address["server_pid"], *own.address["parts"].values())
    assert "was killed" not in own.said


async def test_ctrl_c_twice_kills_at_once(up, shell):
    own = await up(str(JOBS_FILE), "--no-gateway", "--no-analytics")
    flag = shell.here / "flag"
    await shell.revo("run", "text.hold", "--flag", flag, "--no-wait", "--id", "held")
    await until(lambda: asyncio.to_thread(flag.exists))
    own.process.send_signal(signal.SIGINT)
    await own.process.stderr.readuntil(b"ending in order")
    own.process.send_signal(signal.SIGINT)
    await asyncio.wait_for(own.process.wait(), 15)
    await gone(own.address["server_pid"], *own.address["parts"].values())


async def test_a_supervisor_that_is_killed_takes_everything_along(up, shell):
    own = await up()
    await own.end(signal.SIGKILL)
    await gone(own.address["server_pid"], *own.address["parts"].values())
    again = await up("--no-gateway", "--no-analytics")
    assert again.address["pid"] != own.address["pid"]


async def test_what_the_only_worker_held_when_it_died_goes_on_with_its_successor(up, shell):
    """Nobody but the ledger knew of the task, and its lease lasts 30 seconds: longer than this test may."""
    own = await up(str(JOBS_FILE), "--no-gateway", "--no-analytics")
    died = await shell.revo("run", "text.die", "-o", "json")
    result = json.loads(died.out)
    assert (result["state"], result["error"]["type"], result["attempts"]) == ("failed", "worker_lost", 2)
    await own.end()


async def test_a_gateway_that_dies_comes_back_on_its_port(up, shell):
    own = await up("--no-analytics")
    os.kill(own.address["parts"]["gateway"], signal.SIGKILL)

    def address():
        return json.loads((shell.here / ".revo" / "up.json").read_text())

    async def renewed():
        return address()["parts"].get("gateway") not in (None, own.address["parts"]["gateway"])

    await until(renewed)
    assert address()["http"] == own.address["http"]
    with await asyncio.to_thread(urllib.request.urlopen, own.address["http"] + "/livez") as answer:
        assert answer.status == 200
    await own.end()
    assert "gateway was killed (SIGKILL); starting it again" in own.said


async def test_a_server_that_dies_comes_back_with_all_it_had(small, shell):
    assert (await shell.revo("run", "text.shout", "--text", "a", "--id", "before")).code == 0
    os.kill(small.address["server_pid"], signal.SIGKILL)
    assert (await shell.revo("run", "text.shout", "--text", "b")).out == "B!\n"
    assert (await shell.revo("task", "get", "before")).code == 0


async def test_the_work_of_a_worker_that_dies_goes_on_within_a_moment(small, shell):
    flag = shell.here / "flag"
    await shell.revo("run", "text.hold", "--flag", flag, "--no-wait", "--id", "held")
    await until(lambda: asyncio.to_thread(flag.exists))
    flag.unlink()
    os.kill(small.address["parts"]["worker-1"], signal.SIGKILL)
    async with asyncio.timeout(30):
        await until(lambda: asyncio.to_thread(flag.exists))
    flag.unlink()
    assert (await shell.revo("task", "wait", "held")).code == 0


async def test_a_changed_file_counts_for_the_next_task(up, shell):
    file = shell.here / "mine.py"
    file.write_text(JOB.format(number=1))
    own = await up("mine", "--reload", "--no-gateway", "--no-analytics")
    assert (await shell.revo("run", "text.version")).out == "1\n"
    file.write_text(JOB.format(number=22))
    await own.process.stderr.readuntil(b"workers begin anew")
    assert (await shell.revo("run", "text.version")).out == "22\n"
    file.write_text("not python (")
    await own.process.stderr.readuntil(b"SyntaxError")
    file.write_text(JOB.format(number=333))
    assert (await shell.revo("run", "text.version")).out == "333\n"


async def test_a_target_that_cannot_be_imported_ends_the_start_with_its_reason(shell):
    done = await shell.revo("up", "no_such_module")
    assert done.code in (1, 2, 5)
    assert "no_such_module" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org"])
async def test_a_door_that_others_could_open_is_refused(shell, host):
    shell.environment["REVOAGENT_HOST"] = host
    done = await shell.revo("up")
    assert (done.code, "authentication" in done.err) == (2, True)


async def test_a_port_that_is_taken_is_said(shell, small):
    shell.environment |= {"REVOAGENT_NATS_PORT": small.address["nats"].rpartition(":")[2]}
    shell.environment |= {"REVOAGENT_STATE": "other"}
    done = await shell.revo("up")
    assert done.code == 5
    assert "address already in use" in done.err
