"""A stack as people start it, and commands as they type them."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ids = itertools.count(1)
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


class Typed:
    """A terminal: a directory, an environment, and what is typed there."""

    def __init__(self, here, environment):
        self.here, self.environment = here, environment

    def __call__(self, *words, stdin=None, **environment):
        return subprocess.run(
            [sys.executable, "-P", MAIN, *map(str, words)],
            cwd=self.here,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def at(self, here):
        """The same terminal in another directory."""
        return Typed(here, self.environment)

    def json(self, *words):
        done = self(*words, "-o", "json")
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def ended(self, function, *words):
        """The id of a task that has its outcome."""
        id = f"cli-{next(ids)}"
        self("run", function, *words, "--id", id)
        return id


@pytest.fixture(scope="module")
def bare(tmp_path_factory, plain_environment):
    """A terminal in a directory where nothing runs."""
    return Typed(tmp_path_factory.mktemp("bare"), plain_environment)


@pytest.fixture(scope="module")
def revo(bare, tmp_path_factory):
    """A terminal in the directory of a stack that runs a user's functions beside ours."""
    here = tmp_path_factory.mktemp("stack")
    process = subprocess.Popen(
        [sys.executable, "-P", MAIN, "up", JOBS, "--no-gateway", "-o", "json"],
        cwd=here,
        env=bare.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    line = process.stdout.readline()
    typed = Typed(here, bare.environment)
    typed.address = json.loads(line)
    yield typed
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
