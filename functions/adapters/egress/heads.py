"""Heads of HTTP requests: read, written anew for the server that they are meant for, and refused."""

from urllib.parse import urlsplit

from msgspec import Struct

from functions.adapters.egress.rules import target
from subjects.errors import InvalidInput

MOST = 64 << 10
_NOT_PASSED = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"host",
    )
)  # fmt: skip


class Head(Struct, frozen=True):
    """The first lines of a request. `length`: bytes of its body."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    length: int


def parsed(data: bytes) -> Head:
    """A head; InvalidInput for one that is none, or whose body has no length."""
    if len(data) > MOST:
        raise InvalidInput("a head that is too long")
    first, *lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or not first.isascii():
        raise InvalidInput("no HTTP request")
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        name, mark, value = line.partition(b":")
        if not mark or not name or name != name.strip() or b"\n" in line or b"\0" in line:
            raise InvalidInput("no HTTP header")
        headers.append((name.lower(), value.strip()))
    if any(name == b"transfer-encoding" for name, _ in headers):
        raise InvalidInput("a body without a length does not pass here")
    lengths = {value for name, value in headers if name == b"content-length"}
    if len(lengths) > 1 or not all(value.isdigit() and len(value) < 16 for value in lengths):
        raise InvalidInput("no length of a body")
    return Head(words[0].decode(), words[1].decode(), headers, int(lengths.pop()) if lengths else 0)


def forwarded(head: Head) -> bytes:
    """The head as the server gets it: its own Host, one request for each connection."""
    parts = urlsplit(head.target)
    host, port = target(parts.netloc.rpartition("@")[2], 80)
    shown = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"{head.method} {path} HTTP/1.1".encode(),
        f"Host: {shown}{'' if port == 80 else f':{port}'}".encode(),
        *(name + b": " + value for name, value in head.headers if name not in _NOT_PASSED),
        b"Connection: close",
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def refusal(status: int, reason: str) -> bytes:
    """The answer of a gate that does not let a request pass."""
    body = f"refused by the egress gate: {reason}\n".encode()
    title = {403: "Forbidden", 502: "Bad Gateway"}[status]
    return (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body
