"""One connection that comes back by itself, and publishes that are retried until they are answered."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, Protocol

import msgspec
import nats
import nats.errors
import structlog

from subjects import errors
from subjects.bus.room import Room
from subjects.bus.wire import Nats
from subjects.settings import NatsSettings

log = structlog.get_logger()

CONNECT_WITHIN = 5.0
"""Seconds for the first connection."""
PATIENCE = 15.0
"""Seconds that a publish is tried again before the caller is told that the store does not answer."""
ANSWER_WITHIN = 2.0
"""Seconds for one try."""
WATCHDOG_EVERY = 5.0

_FULL = frozenset({10002, 10023, 10028, 10047, 10077, 10110, 10120, 10122})
"""JetStream error codes that mean "no room": account, server, stream, memory and storage limits."""
_EXISTS = frozenset({10071, 10164})
_TOO_LARGE = 10054


class Message(Protocol):
    """A message as it came; its members are those of nats-py."""

    subject: str
    reply: str
    data: bytes
    headers: dict[str, str] | None


class Stored(NamedTuple):
    """The server's word that a message is in its stream."""

    sequence: int
    duplicate: bool


class Exists(errors.Conflict):
    """The subject holds a message already, and only the first one counts."""


class Subscription(Protocol):
    """Something that can be ended."""

    async def unsubscribe(self, limit: int = 0) -> None:
        """Stop receiving."""
        ...


class _PubAck(msgspec.Struct):
    seq: int = 0
    duplicate: bool = False
    error: dict[str, Any] | None = None


_ack_decoder = msgspec.json.Decoder(_PubAck)

Handler = Callable[[Message], Awaitable[None]]


class Bus:
    """A live connection. Open it with `async with Bus.open(settings) as bus`."""

    def __init__(self, settings: NatsSettings) -> None:
        self.settings = settings
        self.nats = Nats()
        self.room = Room(self)
        self._reconnected: list[Callable[[], Awaitable[None]]] = []
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._numbers = itertools.count(1)
        self._inbox = ""
        self._watchdog: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: NatsSettings) -> AsyncIterator["Bus"]:
        """A connected bus; Unavailable where no server answers within five seconds."""
        bus = cls(settings)
        await bus._connect()
        try:
            yield bus
        finally:
            await bus.close()

    async def _connect(self) -> None:
        own = self.settings
        try:
            # It would try for ever: only what once was connected should.
            async with asyncio.timeout(CONNECT_WITHIN):
                await self.nats.connect(
                    own.url.split(","),
                    name=own.name,
                    user=own.user or None,
                    password=own.password or None,
                    error_cb=self._on_error,
                    reconnected_cb=self._on_reconnected,
                    allow_reconnect=True,
                    connect_timeout=CONNECT_WITHIN,  # type: ignore[arg-type]
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.2,  # type: ignore[arg-type]
                    ping_interval=10,
                    max_outstanding_pings=2,
                    drain_timeout=5,
                    pending_size=16 << 20,
                )
        except (OSError, nats.errors.Error, TimeoutError) as error:
            await self.nats.close()
            raise errors.Unavailable(
                f"no NATS server answers at {own.url}: {error or type(error).__name__}"
            ) from error
        self._inbox = self.nats.new_inbox()
        await self.nats.subscribe(self._inbox + ".*", cb=self._on_answer, pending_bytes_limit=0)
        self._watchdog = asyncio.create_task(self._watch(), name="bus-watchdog")

    async def close(self) -> None:
        """Send what is buffered and close; closing twice is fine."""
        if self._watchdog is not None:
            self._watchdog.cancel()
            await asyncio.gather(self._watchdog, return_exceptions=True)
            self._watchdog = None
        for waiting in self._waiting.values():
            waiting.cancel()
        self._waiting.clear()
        if self.nats.is_connected:
            with contextlib.suppress(Exception):
                await self.nats.flush(timeout=2)
        await self.nats.close()

    @property
    def connected(self) -> bool:
        """Whether a server is on the line right now."""
        return bool(self.nats.is_connected)

    def on_reconnect(self, action: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Run `action` after each reconnect; returns what takes it off again."""
        self._reconnected.append(action)
        return lambda: self._reconnected.remove(action) if action in self._reconnected else None

    async def post(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Publish without waiting; nothing is promised about its arrival."""
        try:
            await self.nats.publish(subject, payload, reply, headers)
        except nats.errors.OutboundBufferLimitError as error:
            raise errors.Unavailable("the connection is down and its buffer is full") from error
        except nats.errors.MaxPayloadError as error:
            raise errors.PayloadTooLarge(
                f"{len(payload)} bytes; the server takes {self.nats.max_payload}"
            ) from error
        except (nats.errors.ConnectionClosedError, nats.errors.ConnectionDrainingError) as error:
            raise errors.Unavailable("the connection is closed") from error

    async def request(
        self, subject: str, payload: bytes = b"", within: float = 5.0, headers: dict[str, str] | None = None
    ) -> Message:
        """The answer to one request; Unavailable where nobody listens or nobody answers in time."""
        token = str(next(self._numbers))
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Message] = loop.create_future()
        self._waiting[token] = waiting
        # A third of what asyncio.timeout costs; every task comes by here twice.
        limit = loop.call_later(within, _give_up, waiting)
        try:
            await self.post(subject, payload, f"{self._inbox}.{token}", headers)
            message = await waiting
        except TimeoutError:
            raise errors.Unavailable(f"no answer on {subject} within {within:g} s") from None
        finally:
            limit.cancel()
            self._waiting.pop(token, None)
        if message.headers is not None and message.headers.get("Status") == "503" and not message.data:
            raise errors.Unavailable(f"nobody listens on {subject}")
        return message

    async def store(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> Stored:
        """Publish into a stream and wait until it is on disk.

        Tried again for 15 s while the server does not answer, so give it a `Nats-Msg-Id` or an expected
        sequence. Raises Exists where an expected sequence says so, StoreFull, PayloadTooLarge, Unavailable.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                message = await self.request(subject, payload, ANSWER_WITHIN, headers)
            except errors.Unavailable:
                if asyncio.get_running_loop().time() >= deadline or self.nats.is_closed:
                    raise
                await asyncio.sleep(0.1)
                continue
            ack = _ack_decoder.decode(message.data)
            if ack.error is None:
                return Stored(ack.seq, ack.duplicate)
            refused = _refusal(subject, ack.error)
            if not isinstance(refused, errors.Unavailable) or asyncio.get_running_loop().time() >= deadline:
                raise refused
            await asyncio.sleep(0.25)

    async def api(self, call: str, body: Any = None, within: float = 5.0) -> dict[str, Any]:
        """The JSON answer of `$JS.API.<call>`; an `error` member is given back as it is."""
        payload = b"" if body is None else msgspec.json.encode(body)
        message = await self.request(f"$JS.API.{call}", payload, within)
        answer: dict[str, Any] = msgspec.json.decode(message.data)
        return answer

    async def subscribe(self, subject: str, handler: Handler, group: str = "") -> Subscription:
        """Call `handler` for each message, one after the other; what it raises is logged."""

        async def guarded(message: Message) -> None:
            try:
                await handler(message)
            except Exception:
                log.exception("message handler failed", subject=message.subject)

        return await self.nats.subscribe(subject, group, cb=guarded, pending_bytes_limit=256 << 20)

    async def _on_answer(self, message: Message) -> None:
        waiting = self._waiting.get(message.subject.rpartition(".")[2])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def _on_error(self, error: Exception) -> None:
        log.warning("nats error", error=str(error) or type(error).__name__)

    async def _on_reconnected(self) -> None:
        log.info("nats reconnected", server=str(self.nats.connected_url and self.nats.connected_url.netloc))
        for action in list(self._reconnected):
            try:
                await action()
            except Exception:
                log.exception("reconnect action failed")

    async def _watch(self) -> None:
        # nats-py's read loop can die in silence (nats.py#914): the connection looks alive and hears nothing.
        while True:
            await asyncio.sleep(WATCHDOG_EVERY)
            if not self.nats.is_connected:
                continue
            try:
                await self.nats.rtt(timeout=WATCHDOG_EVERY)  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 - any answer but a pong means deaf
                log.warning("connection is deaf; connecting anew", error=type(error).__name__)
                with contextlib.suppress(Exception):
                    await self.nats.force_reconnect()


def _give_up(waiting: asyncio.Future[Message]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


def _refusal(subject: str, error: dict[str, Any]) -> errors.RevoError:
    code, text = int(error.get("err_code", 0)), str(error.get("description", ""))
    if code in _EXISTS:
        return Exists(f"{subject}: {text}")
    if code in _FULL:
        return errors.StoreFull(text)
    if code == _TOO_LARGE:
        return errors.PayloadTooLarge(text)
    if int(error.get("code", 500)) >= 500:
        return errors.Unavailable(f"{text} (JetStream error {code})")
    return errors.RevoError(f"{subject}: {text} (JetStream error {code})")
