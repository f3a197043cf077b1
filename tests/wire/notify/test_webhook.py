"""Webhooks to a real receiver: signed, tried again, given up."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest

from subjects import codec, errors
from subjects.alerts import Alert
from subjects.client import notifications
from subjects.notifications import Target, Webhook


@pytest.fixture
def tell(bus, client):
    """Tells a webhook of an alert; the outcome."""

    async def told(url, secret_env="", **target):
        await notifications.put(
            bus, Target(name="pager", via=Webhook(url=url, secret_env=secret_env), **target)
        )
        accepted = await notifications.test(bus, "pager")
        return await client.result(accepted.id, 15)

    return told


def signed(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


async def test_a_webhook_is_signed_so_that_the_receiver_can_tell(notifier, receiver, secret, tell):
    result = await tell(receiver.url, "HOOK_SECRET")
    assert result.state == "completed"
    [(first, headers, body)] = receiver.heard
    assert first == "POST /hook?a=1 HTTP/1.1"
    assert headers["webhook-id"] == result.id
    assert headers["webhook-signature"] == signed(secret, headers, body)
    assert headers["webhook-signature"] != signed(secret, headers, body + b" ")
    told = json.loads(body)
    assert (told["type"], told["data"]["labels"]) == ("alert.firing", {"test": "true"})


async def test_a_receiver_that_is_down_for_a_while_gets_it_later_under_the_same_id(notifier, receiver, tell):
    receiver.answers = [
        b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + b"x" * (4 << 20),
    ]
    result = await tell(receiver.url)
    assert (result.state, result.attempts) == ("completed", 3)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 404 No\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", "it is gone"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", "redirect is not followed"),
    ],
)
async def test_what_cannot_get_better_is_a_dead_letter_at_once(notifier, receiver, tell, answer, said):
    receiver.answers = [answer]
    result = await tell(receiver.url)
    assert (result.state, result.attempts) == ("failed", 1)
    assert said in result.error.message
    assert len(receiver.heard) == 1


async def test_one_that_never_answers_ends_as_a_dead_letter(notifier, receiver, client, tell):
    receiver.answers = [None]
    result = await tell(receiver.url, timeout=1, attempts=1)
    assert (result.state, result.error.type) == ("failed", "timeout")
    assert [letter.id for letter in await client.dead_letters()] == [result.id]


async def test_private_addresses_and_missing_secrets_are_refused(notifier, receiver, bus, tell):
    result = await tell("http://127.0.0.1:8080/hook")
    assert result.error.type == "egress_denied"
    assert "loopback" in result.error.message
    assert "NOT_THERE is not set" in (await tell(receiver.url, "NOT_THERE")).error.message
    assert "whsec_" in (await tell(receiver.url, "MAIL_WORD")).error.message
    assert receiver.heard == []
    for url in ("ftp://a.example/", "http://user:word@a.example/", "http://a.example/ x", "", "//a"):
        with pytest.raises(errors.InvalidRequest):
            await notifications.put(bus, Target(name="bad", via=Webhook(url=url)))


async def test_telling_of_the_same_change_again_tells_nobody_twice(notifier, receiver, bus, client):
    await notifications.put(bus, Target(name="pager", via=Webhook(url=receiver.url)))
    now = codec.now()
    alert = Alert("0f3a-1", "cpu", "warning", "firing", "CPU", now, now, {"host": "a"}, 85.0)
    [id] = await notifications.notify(bus, alert)
    await client.result(id, 10)
    again = Alert("0f3a-1", "cpu", "warning", "firing", "CPU", now, codec.now(), {"host": "a"}, 86.0)
    assert await asyncio.gather(*(notifications.notify(bus, again) for _ in range(3))) == [[id]] * 3
    assert len(receiver.heard) == 1
