"""E-mail by a real mail server, with TLS and a login."""

import asyncio
import email
import email.policy

import pytest
from msgspec import structs

from functions.adapters.outbox import smtp
from functions.ports import Mail
from functions.settings import Smtp
from subjects import codec, errors
from subjects.alerts import Alert
from subjects.client import notifications
from subjects.notifications import Email, Target, Webhook


@pytest.fixture
def tell(bus, client):
    async def told(*to, summary="node-1 at 95 %", **target):
        await notifications.put(bus, Target(name="ops", via=Email(list(to)), **target))
        now = codec.now()
        alert = Alert("0f3a-2", "cpu", "critical", "firing", summary, now, now, {"host": "a"}, 95.0, 80.0)
        [id] = await notifications.notify(bus, alert)
        return await client.result(id, 15)

    return told


async def test_an_alert_is_mailed_in_words_over_tls(notifier, mailbox, tell):
    summary = "node-1 at 95 %\r\nBcc: all@example.org\x00"
    assert (await tell("ada@example.org", summary=summary)).state == "completed"
    [envelope] = mailbox.got
    assert mailbox.logins == [("revo", notifier)]
    assert envelope.rcpt_tos == ["ada@example.org"]
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["Subject"] == "[critical] firing: node-1 at 95 % Bcc: all@example.org"
    assert message["Bcc"] is None
    assert "Value: 95" in message.get_content()
    assert message["Message-ID"].startswith("<0f3a-2-critical-firing-ops@example.org")


async def test_who_greylists_gets_it_later_and_nobody_gets_it_twice(notifier, mailbox, tell):
    mailbox.refusals = {"bob@example.org": ["451 later"], "eve@example.org": ["550 no such box"] * 9}
    result = await tell("ada@example.org", "bob@example.org", "eve@example.org")
    assert (result.state, result.attempts) == ("completed", 2)
    assert [own.rcpt_tos for own in mailbox.got] == [["ada@example.org", "bob@example.org"]]
    assert b"550 no such box" in bytes(result.output)


async def test_who_is_refused_for_good_is_a_dead_letter(notifier, mailbox, tell):
    mailbox.refusals = {"eve@example.org": ["550 no such box"]}
    result = await tell("eve@example.org")
    assert (result.state, result.attempts, result.error.type) == ("failed", 1, "permanent")


async def test_a_server_that_stalls_is_a_dead_letter_and_keeps_nobody_else_waiting(
    notifier, mailbox, receiver, bus, client
):
    mailbox.answers.clear()
    stalled = Target(name="ops", via=Email(["ada@example.org"]), timeout=1, attempts=1)
    await notifications.put(bus, stalled)
    await notifications.put(bus, Target(name="pager", via=Webhook(url=receiver.url)))
    now = codec.now()
    alert = Alert("0f3a-3", "cpu", "critical", "firing", "CPU", now, now, {"host": "a"}, 95.0, 80.0)
    ids = await notifications.notify(bus, alert)
    results = await asyncio.gather(*(client.result(id, 15) for id in ids))
    assert sorted((own.state, own.error and own.error.type) for own in results) == [
        ("completed", None),
        ("failed", "timeout"),
    ]
    [letter] = await client.dead_letters()
    assert letter.id == next(own.id for own in results if own.state == "failed")
    assert mailbox.got == []


async def test_a_server_that_stalls_is_left_in_time(mailbox):
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    own = Smtp("127.0.0.1", server.sockets[0].getsockname()[1], sender="revo@example.org", tls="none")
    mail = Mail("n-1", ["ada@example.org"], "x", "y")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await smtp.sent(own, "", mail, patient=True)
    server.close()
    await server.wait_closed()
    with pytest.raises(errors.Unreachable):
        await smtp.sent(own, "", mail, patient=True)
    with pytest.raises(errors.Permanent, match="no password"):
        await smtp.sent(structs.replace(own, user="a"), "word", mail, patient=True)
