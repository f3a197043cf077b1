"""Webhooks over TLS: the certificate is checked."""

import asyncio
import ssl

import pytest

from functions.adapters.egress import LocalEgress
from functions.adapters.outbox import LocalOutbox
from functions.ports import Ways
from functions.settings import Smtp
from subjects import errors


@pytest.fixture
async def address(certificate, receiver):
    """The receiver behind TLS, as localhost."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "own.pem", certificate / "key.pem")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    yield f"localhost:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_certificate_that_is_known_is_taken_and_another_is_refused(
    address, certificate, receiver, bus, monkeypatch
):
    url = f"https://{address}/hook"
    outbox = LocalOutbox(bus, LocalEgress(Ways(private=(address,))), Smtp(), {})
    with pytest.raises(errors.Unreachable, match="certificate is not accepted"):
        await outbox.post(url, {}, b"{}")
    assert receiver.heard == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "own.pem"))
    assert (await outbox.post(url, {"X-Own": "1"}, b"{}")).status == 204
    [(first, headers, body)] = receiver.heard
    assert (first, headers["host"], headers["x-own"], body) == ("POST /hook HTTP/1.1", address, "1", b"{}")
