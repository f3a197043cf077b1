"""Puts the dashboard before the API: files and pages go to browsers, everything else to the application."""

from http import HTTPMethod
from typing import Literal

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from gateway.site import Reply, Site

Missing = Literal["switched off", "not built"]

WHY: dict[Missing, str] = {
    "switched off": "This gateway was started without its dashboard (--no-dashboard); the API works.",
    "not built": "The dashboard is not built here; the API works. "
    "To build it: python3 infra/bootstrap.py dashboard, then start again.",
}
"""What is said where the dashboard would be."""


class Front:
    """Wraps an ASGI application. A path whose first part the API knows is never a page."""

    def __init__(self, app: ASGIApp, known: frozenset[str], site: Site | None, missing: Missing) -> None:
        self.site = site
        self.note = None if site is not None else WHY[missing]
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP or (reply := self._reply(scope)) is None:
            await self._app(scope, receive, send)
            return
        head = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
        body = b"" if scope["method"] == HTTPMethod.HEAD else reply.body
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _reply(self, scope: HTTPScope) -> Reply | None:
        path, method = scope["path"], scope["method"]
        if method not in (HTTPMethod.GET, HTTPMethod.HEAD):
            return None
        if self.site is not None and (file := self.site.files.get(path)) is not None:
            scope["path_template"] = "/assets"
            return file.reply(_header(scope, b"accept-encoding"))
        if path.split("/", 2)[1] in self._known or "text/html" not in _header(scope, b"accept"):
            return None
        if self.site is not None:
            scope["path_template"] = "/page"
            return self.site.index(path)
        return _told(self.note or "") if path == "/" else None


def known(app: Litestar) -> frozenset[str]:
    """The first parts of all paths of the API; `/` itself is for both."""
    first = (route.path.split("/", 2)[1] for route in app.routes)
    return frozenset({*first, "api", "ws", "assets"} - {""})


def _told(note: str) -> Reply:
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>reVoAgent</title>'
        f'<h1>reVoAgent</h1><p>{note}</p><p><a href="/schema">The API</a></p></html>'
    )
    policy = b"default-src 'none'; frame-ancestors 'none'"
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy)]
    return Reply(page.encode(), [*headers, (b"cache-control", b"no-store")])


def _header(scope: HTTPScope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
