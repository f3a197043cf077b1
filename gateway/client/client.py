"""The client: tasks by requests, events and commands over one connection that never gives up."""

import asyncio
import fnmatch
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import Raw

from gateway.client.events import Events
from gateway.client.feed import Place
from gateway.client.frames import Gap, error, written
from gateway.client.link import Link, Status, Where
from gateway.client.options import Options
from gateway.client.requests import Query, Requests, decoded
from subjects import errors
from subjects.channels import CHANNELS
from subjects.ids import new_id
from subjects.listed import Listed
from subjects.messages import Accepted, Result, Submission, TaskView
from subjects.names import token

BATCH = 500
BATCH_BYTES = 8 * 1024 * 1024
"""Of one request; the gateway takes more."""
LONGEST_WAIT = 25.0
"""Seconds that one request waits for a result: proxies cut what is silent for longer."""


class _Answered(msgspec.Struct, frozen=True):
    tasks: list[dict[str, Any]]


class _Page(msgspec.Struct, frozen=True):
    items: list[Listed]
    next: str | None


class Client:
    """Everything by the address of a gateway. Errors are those of `subjects.errors`; times are seconds.

    A request that meets a busy gateway (429, 503) or none is made again for as long as `options.patience`
    lasts; what is submitted has an id from the start, so it is there once.
    """

    def __init__(self, url: str = "http://127.0.0.1:12000", options: Options | None = None) -> None:
        self._url = url.rstrip("/")
        self._options = options or Options()
        self._requests = Requests(self._url, self._options)
        self._links: dict[frozenset[tuple[str, str]], Link] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End every loop and connection; closing twice is fine."""
        await asyncio.gather(*(link.close() for link in self._links.values()))
        await self._requests.close()

    async def submit(self, function: str, input: Any = None, **options: Any) -> Accepted:
        """Put a task into the queue; on disk when this returns.

        Options are the members of `Submission`: priority, id, timeout, max_attempts, at, delay, agent, ...
        """
        raw = Raw(written({} if input is None else input))
        body = written(_named(Submission(function=function, input=raw, **options)))
        accepted: Accepted = decoded(await self._requests.ask("POST", "/api/tasks", body=body), Accepted)
        return accepted

    async def submit_many(self, submissions: Sequence[Submission]) -> list[Accepted | errors.RevoError]:
        """Put many tasks into the queue; one answer for each, in order. What is refused stops no other."""
        answers: list[Accepted | errors.RevoError] = []
        for batch in _batches([written(_named(submission)) for submission in submissions]):
            body = b'{"tasks":[%b]}' % b",".join(batch)
            answered: _Answered = decoded(
                await self._requests.ask("POST", "/api/tasks/batch", body=body), _Answered
            )
            answers += [_answer(told) for told in answered.tasks]
        return answers

    async def run(self, function: str, input: Any = None, wait: float = 300.0, **options: Any) -> Result:
        """Submit and wait for the outcome."""
        return await self.result((await self.submit(function, input, **options)).id, wait)

    async def get(self, id: str) -> TaskView:
        """Where a task stands; NotFound where nothing is known of it."""
        view: TaskView = decoded(await self._requests.ask("GET", f"/api/tasks/{token(id)}"), TaskView)
        return view

    async def result(self, id: str, wait: float = 0.0) -> Result:
        """The outcome of a task, waited for up to `wait` seconds; WaitTimeout when there is none by then."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        while True:
            left = max(0.0, end - loop.time())
            query: Query = {"wait": min(left, LONGEST_WAIT)}
            answer = await self._requests.ask("GET", f"/api/tasks/{token(id)}/result", query=query)
            if answer.status_code != 202:
                result: Result = decoded(answer, Result)
                return result
            if loop.time() >= end:
                view: TaskView = decoded(answer, TaskView)
                raise errors.WaitTimeout(f"task {id} is {view.state} after {wait:g} s")

    async def output(self, id: str) -> Any:
        """What the function of a completed task returned, also where it is too large for a result."""
        answer = await self._requests.ask("GET", f"/api/tasks/{token(id)}/output")
        if answer.status_code == 202:
            raise errors.WaitTimeout(f"task {id} has not ended")
        return msgspec.json.decode(answer.content)

    async def cancel(self, id: str, reason: str = "") -> TaskView:
        """Cancel a queued, delayed or running task; AlreadyFinished where there is nothing to cancel."""
        try:
            answer = await self._requests.ask("DELETE", f"/api/tasks/{token(id)}", query={"reason": reason})
        except errors.AlreadyFinished as failed:
            # Asked again after an answer that was lost: the first one did it.
            if failed.details.get("state") != "canceled":
                raise
            return await self.get(id)
        view: TaskView = decoded(answer, TaskView)
        return view

    async def tasks(self, **filters: Any) -> AsyncIterator[Listed]:
        """Unfinished tasks, then finished ones, newest first, over as many pages as are read.

        Filters are those of GET /api/tasks: state, queue, function, priority, agent, parent, text, ...
        """
        query: dict[str, str | int | float | list[str]] = {"limit": 200, **_plain(filters)}
        while True:
            page: _Page = decoded(await self._requests.ask("GET", "/api/tasks", query=query), _Page)
            for listed in page.items:
                yield listed
            if page.next is None:
                return
            query["cursor"] = page.next

    def events(
        self,
        pattern: str,
        *,
        after: Place | tuple[int, str] | None = None,
        gap: Callable[[Gap], None] | None = None,
        **filters: str,
    ) -> Events:
        """Every event of a channel, or of each channel that a pattern takes (`task_*`), once and in order.

        Filters: queue, function, id, agent, kind, host, as far as a channel has them. `after`: go on behind
        an event, `(event.seq, event.epoch)`, instead of from now on. `gap` is told of what cannot come any
        more; without it a warning is logged. Whoever must not miss what he does next enters it as a context.
        """
        channels = [pattern]
        if any(sign in pattern for sign in "*?["):
            channels = [row.name for row in CHANNELS if fnmatch.fnmatchcase(row.name, pattern)]
            if not channels:
                raise errors.UnknownChannel(f"no channel matches {pattern[:80]!r}")
        return Events(self._link(filters), channels, None if after is None else Place(*after), gap)

    async def send(self, type: str, payload: dict[str, Any], patience: float | None = None) -> Any:
        """The answer of a command, in the order of commands, whenever there is a connection.

        Types: submit, agent_task, cancel, get_agent_status. Done once however often it has to be sent.
        Overloaded where `options.queue` commands wait; Unavailable where nobody answers within `patience`.
        """
        if type in {"submit", "agent_task"}:
            # The same task whatever carries it: a socket, or a request where sockets do not get through.
            payload = {"id": new_id(), **payload}
        return await self._link({}).send(
            type, payload, self._options.patience if patience is None else patience
        )

    @property
    def status(self) -> Status:
        """How the connection of commands and events without filters is."""
        return self._link({}).status

    def kick(self) -> None:
        """Connect now instead of later, where something is known of the network."""
        for link in self._links.values():
            link.kick()

    def _link(self, filters: dict[str, str]) -> Link:
        # Frames do not say which filters they passed: what is narrowed otherwise has a connection of its own.
        key = frozenset(filters.items())
        if key not in self._links:
            self._links = {known: link for known, link in self._links.items() if not link.idle}
            self._links[key] = Link(Where(self._url, self._options, self._requests, filters))
        return self._links[key]


def _named(submission: Submission) -> Submission:
    return submission if submission.id is not None else msgspec.structs.replace(submission, id=new_id())


def _batches(tasks: list[bytes]) -> list[list[bytes]]:
    batches: list[list[bytes]] = []
    size = BATCH_BYTES
    for task in tasks:
        if size + len(task) > BATCH_BYTES or len(batches[-1]) == BATCH:
            batches.append([])
            size = 0
        batches[-1].append(task)
        size += len(task)
    return batches


def _answer(told: dict[str, Any]) -> Accepted | errors.RevoError:
    if "problem" in told:
        return error(told["problem"])
    return msgspec.convert(told["accepted"], Accepted)


def _plain(filters: dict[str, Any]) -> dict[str, str | int | float | list[str]]:
    return {name: str(msgspec.to_builtins(value)) for name, value in filters.items() if value is not None}
