"""What is said on the wire: `{type, id, payload}` from us; events, answers and gaps from the gateway."""

from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from subjects import errors
from subjects.channels import BY_NAME
from subjects.messages import NULL


class Event(Struct, frozen=True):
    """One message of a channel. `seq` and `epoch` are where to go on from, also in another process."""

    channel: str
    payload: Any
    """The struct of the channel (`subjects.channels`), or plain data where it has none or does not fit."""
    seq: int
    epoch: str


class Gap(Struct, frozen=True, tag="gap"):
    """Messages that will not come: too far back, gone, or of a stream that was made anew."""

    channel: str
    to: int
    epoch: str
    reason: Literal["slow", "trimmed", "epoch"]
    begin: int = msgspec.field(name="from", default=1)


class Told(Struct, frozen=True, tag="event"):
    """An event as it comes; `prev` is the place of the one that was sent before it on this channel."""

    channel: str
    payload: Raw
    seq: int
    prev: int
    epoch: str

    def event(self) -> Event:
        """The event with its payload decoded."""
        return Event(self.channel, _payload(self.channel, self.payload), self.seq, self.epoch)


class Ready(Struct, frozen=True, tag="ready"):
    """The gateway listens. `heartbeat`: seconds of silence that are too many when they are twice that."""

    heartbeat: float = 15.0


class Subscribed(Struct, frozen=True, tag="subscribed"):
    """A channel goes on after `seq`."""

    channel: str
    seq: int
    epoch: str


class Ack(Struct, frozen=True, tag="ack"):
    """A command was done."""

    id: str
    payload: Any = None


class Refusal(Struct, frozen=True, tag="error"):
    """A command or subscription was not done; `payload` is a problem (RFC 9457)."""

    payload: dict[str, Any]
    id: str | int | None = None


class Pong(Struct, frozen=True, tag="pong"):
    """It is alive."""


class Unsubscribed(Struct, frozen=True, tag="unsubscribed"):
    """Channels that are no longer listened to."""


Incoming = Told | Gap | Ready | Subscribed | Ack | Refusal | Pong | Unsubscribed


class Outgoing(Struct, frozen=True, omit_defaults=True):
    """What we say."""

    type: str
    id: str | None = None
    payload: Raw = NULL


read = msgspec.json.Decoder(Incoming).decode
written = msgspec.json.Encoder().encode
_plain = msgspec.json.Decoder().decode


def error(problem: Any) -> errors.RevoError:
    """The error that a problem document tells of.

    >>> error({"code": "not_found", "detail": "no task 'a'", "status": 404})
    NotFound("no task 'a'")
    """
    told = problem if isinstance(problem, dict) else {}
    members = ("type", "title", "status", "detail", "code", "retryable", "instance")
    more = {key: value for key, value in told.items() if key not in members}
    text = str(told.get("detail") or told.get("title") or "")
    info = errors.ErrorInfo(str(told.get("code", "")), text, bool(told.get("retryable", True)), more)
    return errors.raised_from(info)


def _payload(channel: str, raw: Raw) -> Any:
    try:
        return _decoder(channel).decode(raw)
    except msgspec.ValidationError:
        # Anybody may publish on these subjects, and a newer gateway may say it otherwise.
        return _plain(raw)


@cache
def _decoder(channel: str) -> "msgspec.json.Decoder[Any]":
    row = BY_NAME.get(channel)
    return msgspec.json.Decoder(Any if row is None or row.payload is None else row.payload)
