"""The measured processes, seen from outside: each is our child, and none outlives us."""

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tests.bench.role import Given

START_WITHIN = 30.0
ANSWER_WITHIN = 180.0


class Broken(Exception):
    """A measured process ended, or did not answer."""


class Child:
    """A process that does what it is asked."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.pid = process.pid
        self.facts: Given = {}
        self._process = process
        self._log = log

    async def ask(self, do: str, within: float = ANSWER_WITHIN, **details: Any) -> Given:
        """Its answer to one question."""
        self.tell({"do": do, **details})
        return await self.answer(within)

    def tell(self, said: Given) -> None:
        """Say something that it may answer later."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(said) + b"\n")

    async def answer(self, within: float) -> Given:
        """What it says next."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(within):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise Broken(f"{self.name} did not answer within {within:g} s: {self._words()}") from None
        if not line:
            raise Broken(f"{self.name} ended: {self._words()}")
        said: Given = msgspec.json.decode(line)
        return said

    def used(self) -> float:
        """Seconds of CPU that it has had."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    async def close(self) -> None:
        """Let it end in order; kill it where it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _words(self) -> str:
        return (
            " / ".join(self._log.read_text(errors="replace").strip().splitlines()[-3:])[-600:]
            or "it said nothing"
        )


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="revo-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.asynccontextmanager
async def child(state: Path, target: str, **given: Any) -> AsyncIterator[Child]:
    """A role that is ready, for as long as the context is open."""
    name = target.rpartition(".")[2]
    log = Path(tempfile.mkstemp(prefix=f"{name.replace(':', '-')}-", suffix=".log", dir=state)[1])
    pipe = asyncio.subprocess.PIPE
    with log.open("ab") as output:  # noqa: ASYNC230
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.role", target),
            stdin=pipe,
            stdout=pipe,
            stderr=output,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
            limit=64 << 20,
        )
    made = Child(name, process, log)
    try:
        made.tell(given)
        made.facts = await made.answer(START_WITHIN)
        yield made
    finally:
        await made.close()


@contextlib.asynccontextmanager
async def server(state: Path, durability: str) -> AsyncIterator[Child]:
    """A nats-server of its own with all streams; `facts` has its `url` and `monitor`."""
    own = Path(tempfile.mkdtemp(prefix="nats-", dir=state))
    async with child(state, "tests.bench.server:serve", store=str(own), durability=durability) as started:
        yield started
