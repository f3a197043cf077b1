"""Go out through a gate: a program in the sandbox, whose only way is the gate that is open while it runs."""

import asyncio
import contextlib
import ipaddress
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from functions.agents.web.pages import Hop, Page, Visiting
from functions.context import Context
from functions.ports import Bounds, Command, Decision, Gate, Limits, Outcome
from subjects.errors import EgressDenied, InvalidInput, Unreachable

HERE = Path(__file__).parent
TRUST = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted")
"""Where systems keep the certificates that they trust."""
USER_AGENT = "revoagent/0.1 (browser.fetch)"
MOST_TEXT = 200_000
GRACE = 5.0
"""Seconds above a program's own limit until the sandbox ends it."""
_PARSING = Limits(seconds=20, memory=1 << 30)


class Reply(Struct, frozen=True):
    """What the fetching program says."""

    hops: list[Hop]
    error: str
    kind: str
    status: int = 0
    headers: list[tuple[str, str]] = []
    received: int = 0
    truncated: bool = False
    body: bytes = b""
    ms: float = 0.0

    def header(self, name: str) -> str:
        """The value of a header; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class Fetched(Struct, frozen=True):
    """A body, and how it was reached."""

    reply: Reply
    decisions: list[Decision]

    @property
    def kind(self) -> str:
        """The media type, without parameters."""
        return self.reply.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset that the server says."""
        for part in self.reply.header("content-type").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'")[:40]
        return ""

    @property
    def is_html(self) -> bool:
        """Whether it says that it is a page, or nothing but looks like one."""
        if self.kind:
            return self.kind in ("text/html", "application/xhtml+xml")
        return self.reply.body[:1024].lstrip()[:1] == b"<"

    @property
    def is_text(self) -> bool:
        """Whether it can be read."""
        plain = ("application/json", "application/xml", "application/javascript")
        ending = self.kind.endswith(("+json", "+xml"))
        return self.is_html or self.kind.startswith("text/") or self.kind in plain or ending


def checked(url: str) -> str:
    """The address, if it is one that can be visited at all; InvalidInput where not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"{url[:200]!r} is no address: {error}") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise InvalidInput(
            f"{url[:200]!r}: only http and https are visited, not {parts.scheme[:20] or 'nothing'}:"
        )
    if not parts.hostname or port == 0 or any(ord(mark) < 33 or mark == "\\" for mark in url):
        raise InvalidInput(f"{url[:200]!r} is no address")
    if "@" in parts.netloc:
        raise InvalidInput("an address holds no name and password")
    return url


def trusted() -> list[Path]:
    """The certificates of this machine, as far as they are there."""
    return [path for path in map(Path, TRUST) if path.is_dir()]


@contextlib.asynccontextmanager
async def gate(ctx: Context, bounds: Bounds) -> AsyncIterator[tuple[Gate, Path]]:
    """An open gate, and the directory that it and the program share."""
    work = await asyncio.to_thread(lambda: Path(tempfile.mkdtemp(prefix="revo-web-")).resolve())
    try:
        async with ctx.egress.opened(work, bounds) as opened:
            yield opened, work
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, work, ignore_errors=True))


def behind(opened: Gate, argv: Sequence[str]) -> list[str]:
    """A program whose proxy is the gate."""
    return [sys.executable, "-I", str(HERE / "bridge.py"), str(opened.socket), *argv]


async def fetch(ctx: Context, url: str, input: Visiting, max_bytes: int) -> Fetched:
    """What is at an address; EgressDenied where the way leads to what may not be reached."""
    question = {
        "url": checked(url),
        "method": "GET",
        "max_bytes": max_bytes,
        "timeout": input.timeout,
        "user_agent": USER_AGENT,
    }
    async with gate(ctx, Bounds(input.allow, most_bytes=max_bytes * 2 + (4 << 20))) as (opened, work):
        command = Command(
            behind(opened, [sys.executable, "-I", str(HERE / "fetch.py")]),
            (HERE, *await asyncio.to_thread(trusted)),
            work,
            msgspec.json.encode(question),
            limits=Limits(seconds=input.timeout + GRACE),
        )
        outcome = await ctx.sandbox.run(command)
        decisions = opened.decisions
    reply = _read(outcome, url)
    hops = [msgspec.structs.replace(hop, address=_address(hop.url, decisions)) for hop in reply.hops]
    # One thing after the other: the gate's last word is on the last address.
    raise_refused(decisions[-1] if decisions else None, reply.error)
    if reply.error:
        raise Unreachable(f"{url[:200]}: {reply.error}", kind=reply.kind, hops=msgspec.to_builtins(hops))
    return Fetched(msgspec.structs.replace(reply, hops=hops), decisions)


async def parsed(ctx: Context, questions: list[dict[str, object]]) -> tuple[list[Page], float]:
    """Pages taken apart, and how many milliseconds that took."""
    command = Command(
        [sys.executable, "-I", str(HERE / "page.py")], (HERE,), None, msgspec.json.encode(questions),
        limits=_PARSING,
    )  # fmt: skip
    outcome = await ctx.sandbox.run(command)
    if outcome.code != 0:
        raise Unreachable(f"the page cannot be taken apart: {ended(outcome)}", kind="page")
    return msgspec.json.decode(outcome.stdout, type=list[Page]), round(outcome.seconds * 1000, 1)


def raise_refused(last: Decision | None, error: str) -> None:
    """EgressDenied or Unreachable where the gate's last word was no."""
    if last is not None and last.verdict == "refused":
        place = f"{last.host}:{last.port}"
        raise EgressDenied(f"{place}: {last.reason}", host=last.host, port=last.port, address=last.address)
    if last is not None and last.verdict == "failed":
        raise Unreachable(f"{last.host}:{last.port}: {last.reason}", kind="connection")
    if error.startswith("a redirect leads to"):
        raise EgressDenied(error)


def last_word(url: str, decisions: Sequence[Decision]) -> Decision | None:
    """What the gate last said of the host and port of an address."""
    place = _place(url)
    return next((own for own in reversed(decisions) if (own.host, own.port) == place), None)


def _address(url: str, decisions: Sequence[Decision]) -> str:
    place = _place(url)
    made = (own.address for own in reversed(decisions) if (own.host, own.port) == place and own.address)
    return next(made, "")


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    host = (parts.hostname or "").rstrip(".").lower()
    with contextlib.suppress(ValueError):
        host = host if host.isascii() else host.encode("idna").decode()
        host = str(ipaddress.ip_address(host))
    return host, parts.port or default


def _read(outcome: Outcome, url: str) -> Reply:
    if outcome.code != 0:
        raise Unreachable(f"{url[:200]}: {ended(outcome)}", kind=outcome.stopped or "program")
    return msgspec.json.decode(outcome.stdout, type=Reply)


def ended(outcome: Outcome) -> str:
    """How a program ended that gave no answer."""
    if outcome.stopped == "time":
        return f"stopped after {outcome.seconds:.0f} s"
    said = outcome.stderr.decode("utf-8", "replace").strip()[-300:]
    return f"exit code {outcome.code}: {said}" if outcome.stopped == "" else "stopped: it wrote too much"
