"""Receivers that are really there: a web server, a mail server, and a worker that notifies."""

import asyncio
import base64
import contextlib
import secrets
import ssl
import subprocess

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from functions import service
from functions.notify.notifying import FUNCTIONS
from functions.settings import Smtp, WorkerSettings
from subjects.settings import NatsSettings


class Receiver:
    """A web server on a free port; `answers` is what it says, the last one again and again."""

    def __init__(self):
        self.heard = []
        self.answers = [b"HTTP/1.1 204 No Content\r\n\r\n"]
        self.news = asyncio.Event()
        self.hanging = asyncio.Event()

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (own.partition(":") for own in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.heard.append((head[0], headers, body))
        self.news.set()
        if answer is None:
            await self.hanging.wait()
        else:
            writer.write(answer)
            with contextlib.suppress(OSError):
                await writer.drain()
        writer.close()

    async def wait(self, number):
        async with asyncio.timeout(30):
            while len(self.heard) < number:
                self.news.clear()
                await self.news.wait()
        return self.heard


@pytest.fixture
async def receiver():
    own = Receiver()
    server = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    own.port = server.sockets[0].getsockname()[1]
    own.url = f"http://127.0.0.1:{own.port}/hook?a=1"
    yield own
    own.hanging.set()
    server.close()


class Mailbox:
    """What a mail server got; `refusals` are the answers to recipients. It stalls until it `answers`."""

    def __init__(self):
        self.got = []
        self.refusals = {}
        self.logins = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        await self.answers.wait()
        waiting = self.refusals.get(address, [])
        if waiting:
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.got.append(envelope)
        return "250 OK"

    def login(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    here = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", here / "key.pem", "-out", here / "own.pem", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return here


@pytest.fixture
async def mailbox(certificate, monkeypatch):
    """A mail server with STARTTLS and a login."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "own.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "own.pem", certificate / "key.pem")
    own, loop = Mailbox(), asyncio.get_running_loop()

    def protocol():
        return SMTP(
            own, tls_context=context, require_starttls=True, authenticator=own.login, auth_required=True,
            hostname="localhost", loop=loop,
        )  # fmt: skip

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    own.port = server.sockets[0].getsockname()[1]
    yield own
    own.answers.set()
    server.close()


@pytest.fixture
def secret(monkeypatch):
    """A signing secret and a password in the environment of the worker, made up for this test."""
    own = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv("HOOK_SECRET", own)
    return own


@pytest.fixture
async def notifier(nats_server, bus, receiver, mailbox, secret, monkeypatch):
    """A worker that notifies, and may reach the receiver."""
    password = secrets.token_hex(12)
    monkeypatch.setenv("MAIL_WORD", password)
    settings = WorkerSettings(
        nats=NatsSettings(url=nats_server.url),
        slots=4,
        drain=0.2,
        ignore_cancel=0.3,
        webhooks_private=(f"127.0.0.1:{receiver.port}",),
        smtp=Smtp("localhost", mailbox.port, "revo", "MAIL_WORD", "revo@example.org"),
    )
    async with service.running(settings, FUNCTIONS):
        yield password
