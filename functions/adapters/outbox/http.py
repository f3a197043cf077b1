"""One POST through an open gate, which is an HTTP proxy on a unix socket.

Only the head of the answer is read, so how much a server says does not matter.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from functions.ports import Posted
from subjects.errors import EgressDenied, Unreachable

MOST_HEAD = 64 << 10
MOST_PRELIMINARY = 5
"""Answers such as 103 that may come before the one that counts."""


async def post(gate: Path, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
    """What the server answered. EgressDenied where the gate refuses, Unreachable where nobody answers."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_unix_connection(gate, limit=MOST_HEAD)
    try:
        await _tunnel(reader, writer, parts)
        if parts.scheme == "https":
            await writer.start_tls(ssl.create_default_context(), server_hostname=parts.hostname)
        writer.write(_request(parts, headers, body))
        await writer.drain()
        for _ in range(MOST_PRELIMINARY):
            status, said = await _head(reader)
            if status >= 200:
                return Posted(status, said.get("retry-after", "")[:100])
        raise Unreachable(f"{parts.hostname} answered with nothing but preliminary answers")
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        # A text of its own may hold what the other side sent; the kind is enough.
        raise Unreachable(f"{parts.hostname}: {_reason(error)}") from None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parts: SplitResult) -> None:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
    await writer.drain()
    status, said = await _head(reader)
    if status == 200:
        return
    size = int(said.get("content-length", "0"))
    why = (await reader.readexactly(min(size, 1000))).decode(errors="replace").strip()
    raise (EgressDenied if status == 403 else Unreachable)(f"{host}:{port}: {why}")


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer; ValueError where it is none."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise ValueError("no HTTP answer")
    named = (line.partition(":") for line in lines if line)
    return int(rest[:3]), {name.strip().lower(): value.strip() for name, _, value in named}


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {error.verify_message}"
        case ssl.SSLError():
            return "no TLS with it"
        case asyncio.IncompleteReadError() | ConnectionError():
            return "it ended the connection without an answer"
        case asyncio.LimitOverrunError():
            return f"the head of its answer has more than {MOST_HEAD} bytes"
        case ValueError():
            return "its answer is no HTTP"
        case _:
            return type(error).__name__
