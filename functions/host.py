"""What stands behind the context of a function in a worker: events to the bus, children to the queue."""

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, field, structs

from functions.context import Ended
from functions.fan import Fan
from functions.held import HeldTask
from functions.ports import Artifacts, Deployments, Egress, Fleet, Memory, Model, Outbox, Projects, Sandbox
from subjects import codec, errors, names
from subjects.bus import Bus
from subjects.client import follow, lookup
from subjects.client.change import cancel, whole
from subjects.client.submit import Door, submit
from subjects.kv import Bucket
from subjects.messages import Accepted, FunctionInfo, LogLine, Progress, Submission
from subjects.traces import OFF, Tracer, Work

LONGEST_WAIT = 7 * 86_400.0


class Facilities(Struct, frozen=True):
    """What a worker offers to every function."""

    sandbox: Sandbox
    projects: Projects
    artifacts: Artifacts
    fleet: Fleet
    models: Callable[[HeldTask], Model]
    memory: Callable[[Model], Memory]
    egress: Egress
    deployments: Deployments
    outbox: Outbox
    known: Annotated[set[str], Meta(description="Functions that are known to have been announced.")] = field(
        default_factory=set
    )
    advisories: Path | None = None
    withheld: frozenset[str] = frozenset()
    """Environment variables with keys: no child process gets them."""
    tracer: Tracer = OFF


class TaskHost:
    """The host of one attempt. While it waits for children its slot is free for others."""

    def __init__(
        self, bus: Bus, facilities: Facilities, held: HeldTask, waits: Callable[[HeldTask, bool], None]
    ) -> None:
        self._bus = bus
        self._facilities = facilities
        self._held = held
        self._waits = waits
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._children = 0
        self._model = facilities.models(held)
        self._memory = facilities.memory(self._model)

    @property
    def sandbox(self) -> Sandbox:
        """The worker's sandbox."""
        return self._facilities.sandbox

    @property
    def projects(self) -> Projects:
        """The worker's projects."""
        return self._facilities.projects

    @property
    def artifacts(self) -> Artifacts:
        """The worker's artifacts."""
        return self._facilities.artifacts

    @property
    def fleet(self) -> Fleet:
        """The worker's view of the engines."""
        return self._facilities.fleet

    @property
    def model(self) -> Model:
        """The worker's models, for this task."""
        return self._model

    @property
    def memory(self) -> Memory:
        """The worker's memory, embedding by this task's models."""
        return self._memory

    @property
    def advisories(self) -> Path | None:
        """The worker's dump of known vulnerabilities."""
        return self._facilities.advisories

    @property
    def deployments(self) -> Deployments:
        """Where releases are put."""
        return self._facilities.deployments

    @property
    def egress(self) -> Egress:
        """The worker's way out."""
        return self._facilities.egress

    @property
    def outbox(self) -> Outbox:
        """The worker's way to people outside."""
        return self._facilities.outbox

    def tell(self, event: Progress | LogLine) -> None:
        """Publish an event, from whatever thread."""
        if threading.get_ident() == self._thread:
            self._publish(event)
        else:
            self._loop.call_soon_threadsafe(self._publish, event)

    async def run(self, submission: Submission) -> Raw:
        """The output of a child task; if this task is stopped, so is the child."""
        work = Work(f"call {submission.function}", "client", {"revo.function": submission.function})
        with self._facilities.tracer.span(work, self._trace) as span:
            return await self._ran(submission, Door("worker", span.traceparent, self._facilities.tracer))

    async def _ran(self, submission: Submission, door: Door) -> Raw:
        accepted = None
        self._leave()
        try:
            await self._check(submission.function)
            submission = await self._fresh(self._ours(submission))
            accepted = await self._submit(submission, door)
            result = await follow.result(self._bus, accepted.id, LONGEST_WAIT)
        except asyncio.CancelledError:
            if accepted is not None and self._held.stop != "draining":
                await self._cancel(accepted.id)
            raise
        finally:
            self._resume()
        if result.state != "completed":
            said = result.error.message if result.error is not None else result.state
            raise errors.ChildFailed(
                f"{submission.function} ({result.id}) {result.state}: {said}",
                id=result.id,
                state=result.state,
                error="" if result.error is None else result.error.type,
            )
        return Raw(await whole(self._bus, result.output))

    async def fan(
        self, function: str, orders: Iterable[Submission], most: int
    ) -> AsyncGenerator[Ended, None]:
        """Each child as it ends, at most so many under way; if this task is stopped, so are they."""
        fan = Fan(self._bus, Door("worker", self._trace, self._facilities.tracer), function, self._since)
        self._leave()
        try:
            await self._check(function)
            async for ended in fan.run(map(self._ours, orders), most):
                yield ended
        except (asyncio.CancelledError, GeneratorExit):
            if self._held.stop != "draining":
                await asyncio.shield(fan.cancel())
            raise
        finally:
            self._resume()

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """The slot is free for others while the context is open."""
        self._leave()
        try:
            yield
        finally:
            self._resume()

    def _leave(self) -> None:
        self._children += 1
        if self._children == 1:
            self._waits(self._held, True)

    def _resume(self) -> None:
        self._children -= 1
        if self._children == 0:
            self._waits(self._held, False)

    def _ours(self, submission: Submission) -> Submission:
        # What an agent's task starts is the agent's too: its figures, its cost, its limit of memory.
        task = self._held.task
        if task is None or (task.agent is None and task.memory is None):
            return submission
        return structs.replace(submission, agent=task.agent, memory=task.memory)

    @property
    def _since(self) -> datetime:
        return codec.from_ns(self._held.delivery.stored_ns)

    @property
    def _trace(self) -> str | None:
        if self._held.trace is not None or self._held.task is None:
            return self._held.trace
        return self._held.task.trace

    async def _submit(self, submission: Submission, door: Door) -> Accepted:
        try:
            return await submit(self._bus, submission, door)
        except errors.Conflict:
            # The parent runs again and asks for something else than the first time: that is another child.
            mark = hashlib.sha256(bytes(submission.input)).hexdigest()[:8]
            own = structs.replace(submission, id=f"{(submission.id or '')[:54]}-{mark}")
            return await submit(self._bus, own, door)

    async def _check(self, name: str) -> None:
        # A task for a function that nobody ever announced would be waited for until the parent's time is up.
        if name in self._facilities.known:
            return
        names.split_function(name)
        if await Bucket(self._bus, "functions", FunctionInfo).get(name) is None:
            raise errors.UnknownFunction(f"no worker has announced {name!r}")
        self._facilities.known.add(name)

    async def _fresh(self, submission: Submission) -> Submission:
        # A later attempt keeps the children that completed and gives those that failed another try.
        task = self._held.task
        if task is None or task.attempt == 1 or submission.id is None:
            return submission
        known = await lookup.result(self._bus, submission.id)
        if known is None or known.state == "completed":
            return submission
        return structs.replace(submission, id=f"{submission.id[:56]}-a{task.attempt}")

    async def _cancel(self, id: str) -> None:
        try:
            await asyncio.shield(cancel(self._bus, id, "its parent was stopped"))
        except errors.RevoError:
            return

    def _publish(self, event: Progress | LogLine) -> None:
        task = self._held.task
        if task is None or self._held.stage == "settled":
            return
        kind: names.EventKind = "progress" if isinstance(event, Progress) else "log"
        subject = names.event(task.queue, task.function, task.id, kind)
        if task.agent is not None:
            event = structs.replace(event, agent=task.agent)
        posted = asyncio.ensure_future(self._bus.request(subject, codec.encode(event)))
        posted.add_done_callback(_heard)
        self._held.told = posted


def _heard(posted: "asyncio.Future[Any]") -> None:
    # An event that cannot be sent is lost, as a spoken word is; the task goes on.
    if not posted.cancelled():
        posted.exception()
