"""The gate: an HTTP proxy on a unix socket that looks each name up once and connects to what it checked.

So a redirect, a picture, a WebSocket or a name that changes its address leads nowhere that a first request
could not lead to: all of them are connections through here.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from functions.adapters.egress import addresses, heads
from functions.adapters.egress.heads import Head
from functions.adapters.egress.relay import PIECE, Meter, relay
from functions.adapters.egress.rules import Rules, target
from functions.ports import Bounds, Decision, Verdict
from subjects.errors import InvalidInput

Resolve = Callable[[str, int], Awaitable[list[str]]]

PATIENCE = 10.0
"""Seconds for a head, a name and a connection, each."""
MOST_KEPT = 1000
"""Different decisions that are remembered."""

log = structlog.get_logger()


class Refusal(Exception):
    """The gate says no; the text says why."""


class OpenGate:
    """One gate; implements `functions.ports.Gate`. Made by `LocalEgress.opened`."""

    def __init__(self, socket: Path, rules: Rules, bounds: Bounds, resolve: Resolve) -> None:
        self.socket = socket
        self._rules = rules
        self._bounds = bounds
        self._resolve = resolve
        self._meter = Meter(bounds.most_bytes)
        self._room = asyncio.Semaphore(bounds.at_once)
        self._said: dict[tuple[str, int, str, Verdict, str], int] = {}
        self._seen = 0
        self._closed = False
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def decisions(self) -> list[Decision]:
        """What it said, equal ones counted together, the latest last."""
        return [Decision(*key, count) for key, count in self._said.items()]

    @property
    def passed(self) -> int:
        """Bytes that passed."""
        return self._meter.passed

    @property
    def exhausted(self) -> str:
        """Which bound was met."""
        if self._meter.empty:
            return f"more than {self._bounds.most_bytes} bytes"
        if self._seen > self._bounds.most_connections:
            return f"more than {self._bounds.most_connections} connections"
        return ""

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection on, unless the gate is closed: the loop may hand one over that came before."""
        if self._closed:
            writer.close()
            return
        task = asyncio.ensure_future(self._served(reader, writer))
        self._serving.add(task)
        # A task that is cancelled before its first step never comes to its own `finally`.
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(self._serving.discard)

    async def close(self) -> None:
        """End every connection."""
        self._closed = True
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._room:
                await self._one(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(PATIENCE):
            data = await reader.readuntil(b"\r\n\r\n")
        try:
            head, host, port = self._understood(data)
            far_reader, far_writer = await self._connected(host, port)
        except Refusal as refusal:
            writer.write(heads.refusal(403, str(refusal)))
            return await writer.drain()
        except (OSError, TimeoutError) as error:
            writer.write(heads.refusal(502, str(error) or "no answer in time"))
            return await writer.drain()
        try:
            if head.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                upload = None
            else:
                far_writer.write(heads.forwarded(head))
                upload = head.length
            await relay((reader, writer), (far_reader, far_writer), upload, self._bounds.idle, self._meter)
        finally:
            far_writer.close()
            with contextlib.suppress(OSError):
                await far_writer.wait_closed()
        return None

    def _understood(self, data: bytes) -> tuple[Head, str, int]:
        """What is asked for, and of whom; what cannot be read is refused like any other."""
        try:
            head = heads.parsed(data)
            return head, *_aim(head)
        except (Refusal, InvalidInput) as error:
            raise self._refused("", 0, "", str(error)) from None

    async def _connected(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the address that was checked. What is decided is remembered in every case."""
        self._seen += 1
        if self.exhausted:
            raise self._refused(host, port, "", self.exhausted)
        if reason := self._rules.of_name(host, port, self._bounds):
            raise self._refused(host, port, "", reason)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError, TimeoutError):
            self._remember(host, port, "", "failed", "the name leads to no address")
            raise OSError("the name leads to no address") from None
        for text in found:
            if reason := self._rules.of_address(host, port, addresses.parsed(text)):
                raise self._refused(host, port, text, reason)
        last: Exception = OSError("no address")
        for text in found[:4]:
            try:
                async with asyncio.timeout(PATIENCE):
                    connected = await asyncio.open_connection(text, port, limit=PIECE)
            except (OSError, TimeoutError) as error:
                last = error
                continue
            self._remember(host, port, text, "made")
            return connected
        self._remember(host, port, found[0] if found else "", "failed", str(last) or "no answer in time")
        raise last

    def _refused(self, host: str, port: int, address: str, reason: str) -> Refusal:
        self._remember(host, port, address, "refused", reason)
        log.info("egress refused", host=host[:100], port=port, address=address, reason=reason)
        return Refusal(reason)

    def _remember(self, host: str, port: int, address: str, verdict: Verdict, reason: str = "") -> None:
        key = (host[:253], port, address, verdict, reason[:200])
        count = self._said.pop(key, 0)
        if count or len(self._said) < MOST_KEPT:
            self._said[key] = count + 1


def _aim(head: Head) -> tuple[str, int]:
    """Where a request is to go."""
    if head.method == "CONNECT":
        return target(head.target, None)
    try:
        parts = urlsplit(head.target)
    except ValueError:
        raise Refusal("no address that can be read") from None
    if parts.scheme != "http" or not parts.netloc:
        raise Refusal("only http, and https by CONNECT, pass here")
    return target(parts.netloc.rpartition("@")[2], 80)
