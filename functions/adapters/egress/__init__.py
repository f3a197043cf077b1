"""The way out of this machine for programs in the sandbox, which have no network of their own.

async with egress.opened(directory, Bounds(hosts=("example.org",))) as gate:
    ...  # an HTTP proxy listens on gate.socket
print(gate.decisions)
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from functions.adapters.egress import addresses, rules
from functions.adapters.egress.addresses import Address
from functions.adapters.egress.gate import OpenGate, Resolve
from functions.adapters.egress.relay import PIECE
from functions.adapters.egress.rules import Rules
from functions.ports import Bounds, Gate, Ways

__all__ = ["LocalEgress"]

SOCKET = "egress.sock"


async def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name, or of a number in whatever spelling the system reads it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(own[4][0]) for own in found))


class LocalEgress:
    """Opens gates on this machine; implements `functions.ports.Egress`. Names are looked up by `resolve`."""

    def __init__(self, ways: Ways, resolve: Resolve = looked_up) -> None:
        self.ways = ways
        self._places, self._networks = rules.opened(ways.private)
        self._resolve = resolve

    @contextlib.asynccontextmanager
    async def opened(self, directory: Path, bounds: Bounds) -> AsyncIterator[Gate]:
        """A gate on `directory`/egress.sock."""
        own = Rules(tuple(self.ways.hosts), self._places, self._networks, await self._ours(), await _here())
        gate = OpenGate(directory / SOCKET, own, bounds, self._resolve)
        server = await asyncio.start_unix_server(gate.accept, gate.socket, limit=PIECE)
        try:
            yield gate
        finally:
            server.close()
            await gate.close()
            gate.socket.unlink(missing_ok=True)

    async def _ours(self) -> frozenset[tuple[Address, int]]:
        found: set[tuple[Address, int]] = set()
        for url in self.ways.services:
            parts = urlsplit(url)
            if parts.hostname and parts.port:
                with contextlib.suppress(OSError):
                    near = await looked_up(parts.hostname, parts.port)
                    found |= {(addresses.parsed(text), parts.port) for text in near}
        return frozenset(found)


async def _here() -> frozenset[Address]:
    """Every address of this machine: what listens on all of them is reached by a public one, too."""
    cards = await asyncio.to_thread(psutil.net_if_addrs)
    families = (socket.AF_INET, socket.AF_INET6)
    return frozenset(
        ipaddress.ip_address(own.address.partition("%")[0])
        for card in cards.values()
        for own in card
        if own.family in families
    )
