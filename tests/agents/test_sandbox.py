"""What a program can do to us from inside, and what is left of it afterwards."""

import asyncio
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from functions.adapters.sandbox import LocalSandbox
from functions.agents import workbench
from functions.ports import Command, Limits
from subjects.errors import SandboxUnavailable

PYTHON = (sys.executable, "-I", "-c")


def relatives():
    return {child.pid for child in psutil.Process().children(recursive=True) if child.status() != "zombie"}


async def test_a_program_gives_its_output_and_code(sandbox):
    outcome = await sandbox.run(
        Command([*PYTHON, "import sys; print(sys.stdin.read()); sys.exit(3)"], stdin=b"hello")
    )
    assert (outcome.code, outcome.stdout, outcome.stopped) == (3, b"hello\n", "")


async def test_nothing_of_our_environment_goes_in(sandbox, monkeypatch):
    monkeypatch.setenv("A_KEY_OF_OURS", "1")
    outcome = await sandbox.run(Command(["env"], environment={"GIVEN": "yes"}))
    assert b"A_KEY_OF_OURS" not in outcome.stdout
    assert b"GIVEN=yes" in outcome.stdout


async def test_an_endless_program_is_stopped_with_all_that_it_started(sandbox):
    before = relatives()
    outcome = await sandbox.run(Command(["sh", "-c", "sleep 61 & sleep 61"], limits=Limits(seconds=0.3)))
    assert (outcome.code, outcome.stopped) == (None, "time")
    assert outcome.seconds < 5
    assert relatives() <= before


async def test_a_program_in_the_background_does_not_hold_the_run(sandbox):
    outcome = await sandbox.run(Command(["sh", "-c", "sleep 61 & echo done"], limits=Limits(seconds=10)))
    assert (outcome.code, outcome.stdout) == (0, b"done\n")
    assert outcome.seconds < 5


async def test_a_cancelled_run_leaves_nothing(sandbox):
    before = relatives()
    run = asyncio.ensure_future(sandbox.run(Command(["sleep", "61"])))
    while relatives() <= before:  # noqa: ASYNC110 - the fact is in the process table, no event tells of it
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert relatives() <= before


async def test_a_run_that_is_cancelled_before_it_began_leaves_nothing(sandbox):
    before = relatives()
    run = asyncio.ensure_future(sandbox.run(Command(["sleep", "61"])))
    await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert relatives() <= before


async def test_endless_output_is_cut_and_said(sandbox):
    small = LocalSandbox(sandbox.level, most_output=100_000)
    outcome = await small.run(Command(["yes"], limits=Limits(seconds=10)))
    assert (outcome.code, outcome.stopped, len(outcome.stdout)) == (None, "output", 100_000)


async def test_memory_is_bounded(sandbox):
    hog = Command([*PYTHON, "x = bytearray(2 << 30); print(len(x))"], limits=Limits(memory=1 << 30))
    outcome = await sandbox.run(hog)
    assert outcome.code == 1
    assert b"MemoryError" in outcome.stderr


async def test_a_program_that_is_not_there_is_an_outcome(sandbox):
    assert (await sandbox.run(Command(["/no/such/program"]))).code not in (0, None)


async def test_only_the_work_directory_is_writable(sandbox, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    outcome = await sandbox.run(Command(["sh", "-c", "echo x > made && pwd"], work=work))
    assert outcome.stdout.decode().strip() == str(work)
    assert (work / "made").read_text() == "x\n"


async def test_foreign_code_needs_a_real_sandbox():
    weak = LocalSandbox("rlimits", "bubblewrap is not installed: apt install bubblewrap")
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        await weak.run(Command(["true"], foreign=True))


async def test_the_reason_names_the_command_that_mends_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    found = await LocalSandbox.probe()
    assert found.level == "rlimits"
    assert found.reason == "bubblewrap is not installed: apt install bubblewrap"


@pytest.mark.parametrize("foreign", [False, True])
async def test_what_is_not_given_cannot_be_seen(bwrap, tmp_path, foreign):
    secret = tmp_path / "secret"
    secret.write_text("x")
    for path in (secret, Path("/etc/passwd"), Path.home() / ".ssh", Path("/proc/1/environ")):
        outcome = await bwrap.run(
            Command(["sh", "-c", f"cat {path} | grep -v ^PATH; ls {path}/"], foreign=foreign)
        )
        assert b"x\n" not in outcome.stdout, path
        assert b"root:" not in outcome.stdout, path


@pytest.mark.parametrize("foreign", [False, True])
async def test_what_may_be_read_cannot_be_written(bwrap, tmp_path, foreign):
    tmp_path.chmod(0o755)
    (tmp_path / "file").write_text("x\n")
    words = f"cat {tmp_path}/file; echo y > {tmp_path}/file; touch {tmp_path}/new /usr/new"
    outcome = await bwrap.run(Command(["sh", "-c", words], reads=(tmp_path,), foreign=foreign))
    assert outcome.stdout == b"x\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "x\n"


@pytest.mark.parametrize("foreign", [False, True])
async def test_there_is_no_network(bwrap, foreign):
    async def answer(_reader, writer):
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        words = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        outcome = await bwrap.run(Command([*PYTHON, words], foreign=foreign))
    assert outcome.code == 1
    assert b"refused" in outcome.stderr or b"unreachable" in outcome.stderr


async def test_a_fork_bomb_ends_at_its_limit(bwrap):
    words = """
import os, time
made = 0
try:
    while made < 500:
        if os.fork() == 0:
            time.sleep(5); os._exit(0)
        made += 1
except OSError:
    print(made)
"""
    before = relatives()
    limits = Limits(seconds=10, processes=32)
    outcome = await bwrap.run(Command([*PYTHON, words], foreign=True, limits=limits))
    assert 0 < int(outcome.stdout) < 32
    assert relatives() <= before


async def test_foreign_code_has_no_power_and_cannot_win_any(bwrap):
    words = "import os; print(os.getuid(), [l for l in open('/proc/self/status') if l.startswith('CapEff')])"
    outcome = await bwrap.run(Command([*PYTHON, words], foreign=True))
    assert outcome.stdout.split()[0] == b"65534"
    assert b"0000000000000000" in outcome.stdout
    assert (await bwrap.run(Command(["unshare", "-U", "true"], foreign=True))).code != 0


async def test_a_program_that_left_its_group_dies_too(bwrap, tmp_path):
    before = relatives()
    for foreign in (False, True):
        daemon = Command(["sh", "-c", "setsid sleep 61 >/dev/null 2>&1 & sleep 61"], foreign=foreign,
                         limits=Limits(seconds=0.4))  # fmt: skip
        assert (await bwrap.run(daemon)).stopped == "time"
    assert relatives() <= before


async def test_foreign_code_may_fill_its_work_directory_only_up_to_its_limit(bwrap, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    command = Command(
        ["sh", "-c", "yes > big"], work=work, foreign=True, limits=Limits(file_size=1 << 20, seconds=10)
    )
    outcome = await bwrap.run(command)
    assert outcome.code not in (0, None)
    assert (work / "big").stat().st_size == 1 << 20
    shutil.rmtree(work)


async def test_many_at_once_do_not_share_their_limits(bwrap):
    words = "sleep 0.2 & sleep 0.2 & sleep 0.2 & wait; echo ok"
    command = Command(["sh", "-c", words], foreign=True, limits=Limits(processes=8, seconds=10))
    outcomes = await asyncio.gather(*(bwrap.run(command) for _ in range(8)))
    assert [outcome.stdout for outcome in outcomes] == [b"ok\n"] * 8


async def test_a_workbench_is_a_copy_that_foreign_code_may_change(bwrap, tmp_path: Path):
    project = tmp_path / "shop"
    (project / "deep").mkdir(parents=True)
    (project / "deep" / "a.txt").write_text("mine")
    (project / "link").symlink_to("/etc/passwd")
    async with workbench.opened(project) as bench:
        writes = "open('deep/a.txt', 'w').write('theirs'); open('deep/new', 'w'); open('/etc/passwd')"
        outcome = await bwrap.run(bench.command([sys.executable, "-c", writes]))
        assert (bench.directory / "deep" / "a.txt").read_text() == "theirs"
        assert (bench.directory / "deep" / "new").exists()
        assert b"FileNotFoundError" in outcome.stderr
        assert bench.notes == ["1 file not read, a symbolic link that leads out: link"]
    assert (project / "deep" / "a.txt").read_text() == "mine"
    assert not bench.directory.exists()
