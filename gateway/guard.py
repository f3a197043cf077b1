"""Keeps pages of elsewhere out: without accounts, whoever can make a browser on this machine ask is let in.

A page may ask a loopback address though it may not read the answer, and with a name that it lets point to
loopback (DNS rebinding) it may even read it. So address and page must both be of this machine.
"""

import ipaddress
from urllib.parse import urlsplit

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway import problems
from subjects import codec, errors

BROWSER = "Mozilla/"
"""How every browser begins to name itself; a page cannot change it."""


def check(host: str | None, origin: str | None, agent: str | None = None) -> None:
    """Nothing for programs and for pages of this machine; else Forbidden.

    A program may name its host as it likes: only browsers can be led here without knowing it.

    >>> check("anything", None, "curl/8.0"), check("localhost", "http://[::1]:5173", "Mozilla/5.0")
    (None, None)
    >>> check("127.0.0.1:12000", "https://evil.example")
    Traceback (most recent call last):
        ...
    subjects.errors.Forbidden: pages of https://evil.example may not ask here
    >>> check("evil.example:12000", "http://evil.example:12000")
    Traceback (most recent call last):
        ...
    subjects.errors.Forbidden: evil.example:12000 is no name of this machine
    """
    browser = origin is not None or (agent or "").startswith(BROWSER)
    if browser and host is not None and not _is_here(f"//{host}"):
        raise errors.Forbidden(f"{host[:200]} is no name of this machine")
    if origin is not None and not _is_here(origin):
        raise errors.Forbidden(f"pages of {origin[:200]} may not ask here")


class Guard:
    """Wraps an ASGI application: 403 to what `check` refuses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        host = origin = agent = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
            elif name == b"user-agent":
                agent = value.decode("latin-1")
        try:
            check(host, origin, agent)
        except errors.Forbidden as error:
            body = codec.encode(problems.document(error, scope["path"]))
            headers = [
                (b"content-type", problems.MEDIA_TYPE.encode()),
                (b"content-length", b"%d" % len(body)),
            ]
            await send({"type": "http.response.start", "status": error.status, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})
        else:
            await self._app(scope, receive, send)


def _is_here(address: str) -> bool:
    try:
        name = urlsplit(address).hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
