"""The functions that tell people outside of an alert: by webhook, by e-mail, on a NATS subject.

Retries, their pauses and dead letters are those of every function.
"""

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from functions.api import Backoff, Function, NonRetryable, RetryAfter, function
from functions.context import Context
from functions.notify import signature, wording
from functions.ports import Mail, Posted
from subjects import codec, errors
from subjects.notifications import Email, Notice, Subject, Webhook

BACKOFF = Backoff(first=1.0, factor=4.0, most=3600.0)
"""With 8 attempts: 1, 4, 16, 64 s, 4, 17 and 60 minutes, less jitter."""
LONGEST = 3600.0
"""Seconds that a receiver may put us off at once."""
PATIENT = 3
"""Attempts at which a mailbox that is closed for now keeps a message from the others too."""


class Told(Struct, frozen=True):
    """That somebody was told, and what came back."""

    target: str
    status: Annotated[int | None, Meta(description="Of the HTTP answer.")] = None
    refused: Annotated[dict[str, str], Meta(description="Mail addresses that were refused, and why.")] = (
        field(default_factory=dict)
    )


@function("notify.webhook", timeout=15, max_attempts=8, backoff=BACKOFF, isolation="loop")
async def webhook(input: Notice, ctx: Context) -> Told:
    """Post an alert to a URL, signed by Standard Webhooks: {type, timestamp, data: the alert}."""
    via = input.target.via
    if not isinstance(via, Webhook):
        raise errors.InvalidInput(f"{input.target.name} is not told by webhook")
    alert = input.alert
    body = codec.encode({"type": f"alert.{alert.state}", "timestamp": alert.updated_at, "data": alert})
    try:
        url = ctx.outbox.secret(via.url_env) if via.url_env else via.url
        secrets = ctx.outbox.secret(via.secret_env) if via.secret_env else ""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "reVoAgent",
            **signature.headers(ctx.id, int(time.time()), body, secrets),
        }
        posted = await ctx.outbox.post(url, headers, body)
    except errors.InvalidRequest:
        raise NonRetryable(f"the URL of {input.target.name} is none that can be posted to") from None
    _check(posted, input.target.name)
    return Told(input.target.name, posted.status)


@function("notify.email", timeout=15, max_attempts=8, backoff=BACKOFF, isolation="loop")
async def email(input: Notice, ctx: Context) -> Told:
    """Mail an alert in words, by the SMTP server of the worker's settings."""
    via = input.target.via
    if not isinstance(via, Email):
        raise errors.InvalidInput(f"{input.target.name} is not told by e-mail")
    mail = Mail(ctx.id, via.to, wording.subject(input.alert), wording.text(input.alert))
    refused = await ctx.outbox.mail(mail, patient=ctx.attempt <= PATIENT)
    if refused:
        ctx.log.warning("some were refused", addresses=", ".join(refused))
    return Told(input.target.name, refused=refused)


@function("notify.nats", timeout=15, max_attempts=8, backoff=BACKOFF, isolation="loop")
async def nats(input: Notice, ctx: Context) -> Told:
    """Publish an alert as JSON on a subject that is none of ours."""
    via = input.target.via
    if not isinstance(via, Subject):
        raise errors.InvalidInput(f"{input.target.name} is not told on a subject")
    await ctx.outbox.publish(via.subject, codec.encode(input.alert), ctx.id)
    return Told(input.target.name)


def pause(said: str, now: float) -> float | None:
    """Seconds that a `Retry-After` asks for, at most an hour; None where it says nothing to go by.

    >>> pause("7", 0.0), pause("Thu, 01 Jan 1970 00:01:00 GMT", 10.0), pause("soon", 0.0), pause("99999", 0.0)
    (7.0, 50.0, None, 3600.0)
    """
    if said.isascii() and said.isdecimal():
        return min(float(said[:9]), LONGEST)
    try:
        at = parsedate_to_datetime(said)
        left = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, left), LONGEST) if math.isfinite(left) else None


def _check(posted: Posted, target: str) -> None:
    """Nothing where it was taken; else the error that says whether to try again, and when."""
    status = posted.status
    if 200 <= status < 300:
        return
    said = f"{target} answered {status}"
    if status in (408, 429) or status >= 500:
        seconds = pause(posted.retry_after, time.time())
        if seconds is not None:
            raise RetryAfter(seconds, said)
        raise errors.Unreachable(said)
    if status == 410:
        raise NonRetryable(f"{said}: it is gone; change or remove the target")
    if 300 <= status < 400:
        raise NonRetryable(f"{said}: a redirect is not followed; change the URL")
    raise NonRetryable(said)


FUNCTIONS: tuple[Function[..., Any], ...] = (webhook, email, nats)
"""What is announced."""
