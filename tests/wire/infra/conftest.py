"""A stack as people start it, and commands as they type them."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).resolve().parents[3] / "infra" / "__main__.py"
JOBS = str(Path(__file__).with_name("jobs.py"))


class Done:
    """A command that ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


class Shell:
    """A directory with an environment in which `revo` is typed."""

    def __init__(self, here, environment):
        self.here = here
        self.environment = environment

    async def start(self, *words, **options):
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(MAIN),
            *map(str, words),
            cwd=self.here,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            **options,
        )

    async def revo(self, *words, stdin=None):
        process = await self.start(*words, stdin=asyncio.subprocess.PIPE if stdin else None)
        out, err = await process.communicate(stdin)
        return Done(process.returncode, out.decode(), err.decode())


class Up:
    """A `revo up` that has said where it is."""

    def __init__(self, process, address):
        self.process = process
        self.address = address
        self.said = ""

    async def end(self, number=signal.SIGINT):
        if self.process.returncode is None:
            self.process.send_signal(number)
        _, err = await self.process.communicate()
        self.said += err.decode()
        return self.process.returncode


@pytest.fixture(scope="session")
def plain_environment():
    """Free ports, no settings of the machine, and the tools of the checkout on the PATH."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REVOAGENT_")}
    environment |= {"REVOAGENT_PORT": "0", "REVOAGENT_NATS_PORT": "0", "REVOAGENT_DURABILITY": "process"}
    tools = MAIN.parents[1] / ".tools" / "bin"
    environment["PATH"] = os.pathsep.join([str(tools), environment.get("PATH", os.defpath)])
    return {**environment, "COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture
def shell(tmp_path, plain_environment):
    here = tmp_path / "here"
    here.mkdir()
    return Shell(here, dict(plain_environment))


@pytest.fixture
async def up(shell):
    """Starts stacks; the ones that still run end with the test."""
    started = []

    async def start(*words):
        process = await shell.start("up", "-o", "json", *words)
        line = await process.stdout.readline()
        if not line:
            raise AssertionError((await process.stderr.read()).decode())
        started.append(Up(process, json.loads(line)))
        return started[-1]

    yield start
    for own in started:
        if own.process.returncode is None:
            await own.end(signal.SIGTERM)


@pytest.fixture
async def small(up):
    """A stack with the user's functions and nothing that a test of commands does not need."""
    return await up(JOBS, "--no-gateway", "--no-analytics")
