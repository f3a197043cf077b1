"""A worker without a queue: real sandbox, real projects, and child tasks that run at once in this process."""

import random
import shutil
import string
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions import Context, Function
from functions.adapters.artifacts import StoredArtifacts
from functions.adapters.deployments import LocalDeployments
from functions.adapters.egress import LocalEgress
from functions.adapters.no_model import WithoutModel
from functions.adapters.projects import LocalProjects
from functions.adapters.sandbox import LocalSandbox
from functions.builtin import FUNCTIONS
from functions.context import Ended, one_by_one
from functions.ports import Ways
from subjects import codec
from subjects.errors import UnknownFunction
from subjects.messages import LogLine, Progress, Reference, Submission, Task

SAMPLES = Path(__file__).parents[1] / "samples"
TOKEN = "ghp_" + "".join(random.Random(11).choices(string.ascii_letters + string.digits, k=36))
"""Made here, so that no scanner takes our own files for leaking."""


class FakeHost:
    def __init__(self, sandbox: LocalSandbox, projects: LocalProjects) -> None:
        self.sandbox = sandbox
        self.projects = projects
        # Memory is a stream, and there is none here.
        self.functions: dict[str, Function[..., Any]] = {
            own.name: own for own in FUNCTIONS if own.queue != "perfect_recall"
        }
        self.kept: dict[str, bytes] = {}
        self.artifacts = StoredArtifacts(self)
        self.model = WithoutModel()
        self.advisories: Path | None = None
        self.egress = LocalEgress(Ways())
        self.deployments = LocalDeployments(None)
        self.told: list[Progress | LogLine] = []
        self.submitted: list[Submission] = []

    async def put(self, name: str, data: bytes) -> Reference:
        self.kept[name] = data
        return Reference(f"artifacts/{name}", len(data), name)

    async def get(self, name: str) -> bytes:
        return self.kept[name]

    def tell(self, event: Progress | LogLine) -> None:
        self.told.append(event)

    async def run(self, submission: Submission) -> msgspec.Raw:
        self.submitted.append(submission)
        output = await self.call(submission.function, bytes(submission.input))
        return msgspec.Raw(codec.encode(output))

    def fan(self, function: str, orders: Iterable[Submission], most: int) -> AsyncGenerator[Ended, None]:
        return one_by_one(self.run, orders, most)

    async def call(self, name: str, input: Any) -> Any:
        if name not in self.functions:
            raise UnknownFunction(f"no worker has announced {name!r}")
        own = self.functions[name]
        raw = input if isinstance(input, bytes) else codec.encode(input)
        now = codec.now()
        context = Context(
            Task("t-1", own.queue, own.short, "medium", raw, 1, now), now + timedelta(seconds=60), self
        )
        return await own.bind(raw, context)()


_PROBED: dict[str, LocalSandbox] = {}
"""What this machine can do does not change from test to test; to ask it takes 60 ms."""


async def probed(level) -> LocalSandbox:
    if level not in _PROBED:
        _PROBED[level] = await LocalSandbox.probe(level)
    return _PROBED[level]


@pytest.fixture(params=["bwrap", "rlimits"])
async def sandbox(request: pytest.FixtureRequest) -> LocalSandbox:
    """The sandbox at each level. A machine without bubblewrap says so in the summary of the run."""
    found = await probed(request.param)
    if found.level != request.param:
        pytest.skip(f"NOT TESTED in {request.param}: {found.reason}")
    return found


@pytest.fixture
async def bwrap() -> LocalSandbox:
    found = await probed("bwrap")
    if found.level != "bwrap":
        pytest.skip(f"NOT TESTED in bwrap: {found.reason}")
    return found


@pytest.fixture
async def host(sandbox: LocalSandbox, tmp_path: Path) -> AsyncIterator[FakeHost]:
    async with LocalProjects((tmp_path, SAMPLES)) as projects:
        yield FakeHost(sandbox, projects)


@pytest.fixture
def host_for(sandbox: LocalSandbox) -> Callable[[Path], FakeHost]:
    """A host that may read one directory."""
    return lambda root: FakeHost(sandbox, LocalProjects((root,)))


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """The planted project, with a secret that stands in no file of ours."""
    place = tmp_path / "planted"
    shutil.copytree(SAMPLES / "planted", place)
    (place / "shop" / "keys.py").write_text(f'"""Keys."""\n\nTOKEN = "{TOKEN}"\n')
    (place / "shop" / "broken.py").write_text('"""Old."""\n\nprint "this was Python 2"\n')
    (place / "shop" / "nul.py").write_bytes(b'"""Nul."""\nx = "\0"\n')
    (place / "shop" / "latin.py").write_bytes(b'# coding: latin-1\n"""Umlaut \xe4."""\n')
    return place


@pytest.fixture
def samples() -> Path:
    return SAMPLES


@pytest.fixture
async def boxed(bwrap: LocalSandbox, tmp_path: Path) -> AsyncIterator[FakeHost]:
    """A host that may run foreign code."""
    async with LocalProjects((tmp_path, SAMPLES)) as projects:
        yield FakeHost(bwrap, projects)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[dict[str, str | bytes]], str]:
    """Makes a project of files, and gives its path."""

    def make(files: dict[str, str | bytes]) -> str:
        place = tmp_path / "project"
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(place)

    return make
