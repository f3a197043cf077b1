"""A run: submitters that do not give up, readers that look on, a nemesis that kills; all written down."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Raw

from subjects import codec, errors, names
from subjects.bus import Bus, Message, Records
from subjects.client import Client
from subjects.messages import Result, Submission
from tests.faults.checker import Event, Final, Outcome, Row
from tests.faults.parts import Part, Stack
from tests.faults.work import Blow, Planned, digest

_results = msgspec.json.Decoder(Result)
_events = msgspec.json.Decoder(Event)


class History:
    """The events of this process."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, op: Any, id: str = "", **fields: Any) -> None:
        """Write down something that happens now."""
        self.events.append(Event(time.time(), op, id, **fields))

    def told(self, op: str, part: str) -> None:
        """Write down the end or the start of a process."""
        self.add(op, by=part)

    def with_runs(self, file: Path) -> list[Event]:
        """All events, those of the functions too. The last line of a process that died may be torn."""
        runs = []
        for line in file.read_bytes().splitlines():
            with contextlib.suppress(msgspec.DecodeError):
                runs.append(_events.decode(line))
        return [*self.events, *runs]


class Submitters:
    """Submit a plan at an even pace; each task again and again until it is acknowledged."""

    def __init__(self, stack: Stack, history: History, http: httpx.AsyncClient) -> None:
        self.acknowledged: list[str] = []
        self._stack = stack
        self._history = history
        self._http = http
        self._cancels: set[asyncio.Task[None]] = set()

    async def run(self, plan: Sequence[Planned], seconds: float, most: int = 48) -> None:
        """Done when all are acknowledged."""
        begun = time.monotonic()
        work = iter(enumerate(plan))

        async def some() -> None:
            for number, task in work:
                due = begun + seconds * number / len(plan)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await self._one(task)

        async with asyncio.TaskGroup() as group:
            for _ in range(most):
                group.create_task(some())
        if self._cancels:
            await asyncio.wait(self._cancels)

    async def _one(self, task: Planned) -> None:
        self._history.add(
            "submit", task.id, outcome="invoke", states=task.states, value=task.value, most=task.most
        )
        if task.door == "unheard":
            with contextlib.suppress(errors.RevoError):
                await self._stack.bus.post(_subject(task), task.input)
            self._history.add("submit", task.id, outcome="info")
            return
        send = {"client": self._client, "header": self._header, "subject": self._subject, "http": self._post}[
            task.door
        ]
        while True:
            try:
                await send(task)
                break
            except (errors.Unavailable, errors.StoreFull, httpx.HTTPError):
                await asyncio.sleep(0.1)
        self._history.add("submit", task.id)
        self.acknowledged.append(task.id)
        if task.cancel_after is not None:
            self._cancels.add(asyncio.create_task(self._cancel(task.id, task.cancel_after)))

    async def _client(self, task: Planned) -> None:
        accepted = await self._stack.client.submit(
            Submission(function=task.function, input=Raw(task.input), priority=task.priority, id=task.id)
        )
        assert accepted.id == task.id

    async def _header(self, task: Planned) -> None:
        queue, function = names.split_function(task.function)
        subject = names.task(queue, function, names.priority(task.priority))
        await self._stack.bus.store(subject, task.input, {codec.MSG_ID: task.id})

    async def _subject(self, task: Planned) -> None:
        await self._stack.bus.store(_subject(task), task.input)

    async def _post(self, task: Planned) -> None:
        body = {"function": task.function, "input": Raw(task.input), "priority": task.priority, "id": task.id}
        answer = await self._http.post(
            "/api/tasks", content=msgspec.json.encode(body), headers={"content-type": "application/json"}
        )
        if answer.status_code in (429, 500, 503, 507):
            raise errors.Unavailable(answer.text)
        assert answer.status_code == 202, answer.text
        assert answer.json()["id"] == task.id

    async def _cancel(self, id: str, after: float) -> None:
        await asyncio.sleep(after)
        self._history.add("cancel", id, outcome="invoke")
        try:
            view = await self._stack.client.cancel(id)
        except errors.AlreadyFinished:
            self._history.add("cancel", id, outcome="fail")
        except errors.RevoError:
            self._history.add("cancel", id, outcome="info")
        else:
            self._history.add("cancel", id, outcome="ok" if view.state == "canceled" else "fail")


def _subject(task: Planned) -> str:
    queue, function = names.split_function(task.function)
    return names.task(queue, function, names.priority(task.priority), task.id)


@contextlib.asynccontextmanager
async def looking_on(bus: Bus, history: History) -> AsyncIterator[None]:
    """Writes down every live result, as a gateway would see it."""

    async def heard(message: Message) -> None:
        id = names.parse_result(message.subject.removeprefix("live.")).id
        history.add("read", id, value=digest(message.data))

    subscription = await bus.subscribe("live.result.>", heard)
    yield
    await subscription.unsubscribe()


async def reading(bus: Bus, chance: random.Random, acknowledged: Sequence[str], history: History) -> None:
    """Reads outcomes at random, again and again, for as long as it is let."""
    records = Records(bus, "RESULTS")
    while True:
        if acknowledged:
            id = chance.choice(acknowledged)
            with contextlib.suppress(errors.RevoError):
                record = await records.last(names.any_result(id))
                if record is not None:
                    history.add("read", id, value=digest(record.data))
        await asyncio.sleep(0.01)


async def nemesis(stack: Stack, blows: Sequence[Blow]) -> None:
    """Kills as planned."""
    for blow in blows:
        await asyncio.sleep(blow.wait)
        if blow.target == "nats":
            await stack.nats.kill(blow.down)
            continue
        part: Part = stack.parts[blow.target]
        worker = str(part.facts.get("worker", ""))
        part.kill(blow.down)
        if worker and blow.told:
            with contextlib.suppress(errors.RevoError):
                await stack.bus.post(names.control("dead", worker))


async def until(fact: Callable[[], Any], within: float, what: str) -> None:
    """Waits for a fact; says what was not so when there was not enough time."""
    last: Any = None
    try:
        async with asyncio.timeout(within):
            while not (last := await fact()):  # noqa: ASYNC110 - the fact is on the other side of a wire
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within:g} s: {what} ({last!r})") from None


async def quiet(stack: Stack, within: float) -> None:
    """No task is queued, held or scheduled, and analytics has read all."""

    async def is_quiet() -> bool:
        with contextlib.suppress(errors.RevoError):
            tasks = await Records(stack.bus, "TASKS").info()
            if tasks["state"]["messages"]:
                return False
            results = await Records(stack.bus, "RESULTS").info()
            known = (await stack.bus.api("CONSUMER.NAMES.RESULTS")).get("consumers") or []
            for name in known:
                info = await stack.bus.api(f"CONSUMER.INFO.RESULTS.{name}")
                floor = info.get("ack_floor", {}).get("stream_seq", 0)
                if floor != results["state"]["last_seq"]:
                    return False
            return bool(known) or "analytics" not in stack.parts
        return False

    await until(is_quiet, within, "the queue is empty and all results are rows")


async def final(client: Client, bus: Bus) -> Final:
    """What the streams hold."""
    results = []
    async for record in Records(bus, "RESULTS").scan("result.>"):
        result = codec.decode(record.data, _results)
        output = await client.output(result)
        results.append(
            Outcome(
                record.sequence,
                result.id,
                result.state,
                digest(output),
                result.attempts,
                digest(record.data),
                result.finished_at.timestamp(),
            )
        )
    info = await Records(bus, "TASKS").info()
    dead = tuple(letter.id for letter in await client.dead_letters())
    return Final(tuple(results), dead, info["state"]["messages"])


def rows(file: Path) -> Iterator[Row]:
    """The rows, once the process that wrote them has ended."""
    import duckdb

    with duckdb.connect(str(file), read_only=True) as database:
        for sequence, id, state in database.execute("SELECT stream_seq, id, state FROM tasks").fetchall():
            yield Row(sequence, id, state)
