"""What stands behind a context, and how it is spoken to."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from msgspec import Raw, Struct

from functions.ports.artifacts import Artifacts
from functions.ports.deployments import Deployments
from functions.ports.egress import Egress
from functions.ports.fleet import Fleet
from functions.ports.memory import Memory
from functions.ports.model import Model
from functions.ports.outbox import Outbox
from functions.ports.projects import Projects
from functions.ports.sandbox import Sandbox
from subjects.errors import ErrorInfo
from subjects.messages import LogLine, Progress, Submission


class Ended(Struct, frozen=True):
    """A child task that ended: with an `output`, or with the `error` that says why there is none."""

    place: int
    id: str
    output: Raw | None = None
    error: ErrorInfo | None = None
    worker: str | None = None


class Callee(Protocol):
    """A function as its caller sees it; `functions.api.Function` is one."""

    @property
    def name(self) -> str:
        """The full name."""
        ...

    def read(self, output: bytes) -> Any:
        """JSON output as the type that the function returns."""
        ...


class Host(Protocol):
    """What stands behind a context: the worker, or the pipe to it from a child process."""

    @property
    def sandbox(self) -> Sandbox:
        """Where programs run."""
        ...

    @property
    def projects(self) -> Projects:
        """Where project directories come from."""
        ...

    @property
    def artifacts(self) -> Artifacts:
        """Where files go that are handed back by reference."""
        ...

    @property
    def fleet(self) -> Fleet:
        """The engines, and the rules by which they work."""
        ...

    @property
    def model(self) -> Model:
        """The language models, for this task."""
        ...

    @property
    def advisories(self) -> Path | None:
        """Where the dump of known vulnerabilities lies that this worker was given; None without one."""
        ...

    @property
    def memory(self) -> Memory:
        """What was learned before."""
        ...

    @property
    def deployments(self) -> Deployments:
        """Where releases are put."""
        ...

    @property
    def egress(self) -> Egress:
        """The way to web servers."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The way to people outside."""
        ...

    def tell(self, event: Progress | LogLine) -> None:
        """Publish an event of the task; never blocks, callable from any thread."""
        ...

    def resting(self) -> AbstractContextManager[None]:
        """The slot of the task is free for others while the context is open."""
        ...

    async def run(self, submission: Submission) -> Raw:
        """Submit a child task and wait for its output; ChildFailed where it does not complete."""
        ...

    def fan(self, function: str, orders: Iterable[Submission], most: int) -> AsyncGenerator[Ended, None]:
        """Submit child tasks of one function, at most so many at a time; each as it ends."""
        ...
