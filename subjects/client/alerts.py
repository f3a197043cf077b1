"""Alerts over a bus: change one, keep some quiet, write the rules.

How each alert stands is one entry of the `alerts` bucket, written where nobody wrote in between. Whoever
wrote tells of it, so a change is told once however many look for it.
"""

import contextlib
import hashlib
import secrets
from datetime import timedelta
from typing import TypeVar

import msgspec
import structlog
from msgspec import Raw, structs

from subjects import codec, errors, names
from subjects.alerts import KIND, Action, Alert, NewSilence, Rule, Silence
from subjects.bus import Bus
from subjects.bus.connection import Exists
from subjects.client import notifications
from subjects.kv import Bucket, Entry
from subjects.rules import checked

log = structlog.get_logger()

T = TypeVar("T")

_alerts = msgspec.json.Decoder(Alert)

ALERTS, RULES, SILENCES = "alerts", "alert_rules", "silences"
REMEMBERED = 86_400
"""Seconds that the end of an alert stays in the bucket; its history is with analytics."""
TRIES = 5
MOST_RULES = 500


def key(rule: str, labels: dict[str, str]) -> str:
    """Where the alert of a rule and labels stands; its id begins with it.

    >>> key("cpu", {"host": "a", "disk": "b"}) == key("cpu", {"disk": "b", "host": "a"})
    True
    """
    return hashlib.sha256(codec.encode([rule, sorted(labels.items())])).hexdigest()[:12]


async def listed(bus: Bus, bucket: str, kind: type[T]) -> list[Entry[T]]:
    """Every entry of a bucket; one that cannot be read is told of and left out."""
    decoder, found = msgspec.json.Decoder(kind), []
    for own in await Bucket(bus, bucket, Raw).entries():
        try:
            value = codec.decode(bytes(own.value or b""), decoder)
        except errors.RevoError as error:
            log.warning("entry could not be read", bucket=bucket, key=own.key, error=error.message)
            continue
        found.append(Entry(own.key, value, own.revision, own.at))
    return found


async def entry(bus: Bus, key: str) -> Entry[Alert] | None:
    """The entry of an alert by its key; its value is None where it was deleted or cannot be read."""
    found = await Bucket(bus, ALERTS, Raw).entry(key)
    if found is None or found.value is None:
        return None if found is None else Entry(key, None, found.revision, found.at)
    try:
        value = codec.decode(bytes(found.value), _alerts)
    except errors.RevoError:
        value = None
    return Entry(key, value, found.revision, found.at)


async def tell(bus: Bus, alert: Alert, revision: int) -> None:
    """Store a change for everybody; the same one again, within two minutes, is not stored twice."""
    headers = {codec.MSG_ID: f"{alert.id}-{revision}"}
    await bus.store(names.metric(alert.rule, KIND), codec.encode(alert), headers)


async def get(bus: Bus, id: str) -> Entry[Alert]:
    """An alert that rings, or ended within a day; NotFound where there is none of this id."""
    found = await entry(bus, names.token(names.token(id).partition("-")[0] or id))
    if found is None or found.value is None or found.value.id != id:
        raise errors.NotFound(f"no alert {id!r} rings or has ended within a day")
    return found


async def acknowledge(bus: Bus, id: str, action: Action) -> Alert:
    """Say that somebody looks after it. Once more is fine; Conflict where it has ended."""
    for _ in range(TRIES):
        found = await get(bus, id)
        assert found.value is not None
        alert = found.value
        if alert.state == "resolved":
            raise errors.Conflict(f"alert {id} has ended")
        if alert.state == "acknowledged":
            return alert
        new = structs.replace(
            alert, state="acknowledged", acknowledged_by=action.by or "somebody", updated_at=codec.now()
        )
        if await _written(bus, found, new):
            return new
    raise errors.Conflict(f"alert {id} changes faster than it can be written")


async def resolve(bus: Bus, id: str, action: Action) -> Alert:
    """End it by hand: it rings again once the figure has been well and is not any more. Twice is fine."""
    for _ in range(TRIES):
        found = await get(bus, id)
        assert found.value is not None
        alert, now = found.value, codec.now()
        if alert.state == "resolved":
            return alert
        new = structs.replace(
            alert, state="resolved", resolved_by=action.by or "somebody", resolved_at=now, updated_at=now
        )
        if await _written(bus, found, new):
            return new
    raise errors.Conflict(f"alert {id} changes faster than it can be written")


async def silence(bus: Bus, new: NewSilence) -> Silence:
    """Keep alerts quiet until a time; InvalidRequest where it is past or none is given."""
    now = codec.now()
    if (new.until is None) == (new.seconds is None):
        raise errors.InvalidRequest("a silence has either `until` or `seconds`")
    until = new.until or now + timedelta(seconds=new.seconds or 0.0)
    left = (until - now).total_seconds()
    if not 0 < left <= 31_536_000:
        raise errors.InvalidRequest(f"{until:%Y-%m-%d %H:%M:%S} UTC is not within the year to come")
    id = secrets.token_hex(6)
    made = Silence(id, new.matchers, until, new.comment, new.by, now)
    await Bucket(bus, SILENCES, Silence).put(id, made, ttl=max(1, int(left) + 1))
    return made


async def silences(bus: Bus) -> list[Silence]:
    """Those that hold now, the next to end first."""
    now = codec.now()
    found = [own.value for own in await listed(bus, SILENCES, Silence) if own.value is not None]
    return sorted((own for own in found if own.until > now), key=lambda own: own.until)


async def end_silence(bus: Bus, id: str) -> Silence:
    """End a silence now; NotFound where it has ended."""
    bucket = Bucket(bus, SILENCES, Silence)
    known = await bucket.get(names.token(id))
    if known is None or known.until <= codec.now():
        raise errors.NotFound(f"no silence {id!r} holds")
    await bucket.delete(id)
    return known


async def put_rule(bus: Bus, rule: Rule, revision: int | None = None) -> int:
    """Let a rule hold from now on; its revision. OutOfDate where `revision` is not the newest."""
    checked(rule)
    known = {own.key for own in await Bucket(bus, RULES, Raw).entries()}
    if len(known) >= MOST_RULES and rule.name not in known:
        raise errors.InvalidRequest(f"there are {len(known)} rules of one's own; there may be {MOST_RULES}")
    return await _put(bus, rule.name, rule, revision)


async def remove_rule(bus: Bus, name: str, revision: int | None = None) -> None:
    """Take a rule of one's own away, so that a default of this name holds again; NotFound without one."""
    if await Bucket(bus, RULES, Raw).get(names.token(name)) is None:
        raise errors.NotFound(f"there is no rule {name!r} of one's own")
    await _put(bus, name, None, revision)


async def rule_history(bus: Bus, name: str) -> list[Entry[Rule]]:
    """What a rule was, newest first; NotFound where nobody ever wrote it."""
    entries = await Bucket(bus, RULES, Rule).history(names.token(name))
    if not entries:
        raise errors.NotFound(f"nobody ever wrote a rule {name!r}")
    return entries[::-1]


async def _put(bus: Bus, name: str, rule: Rule | None, revision: int | None) -> int:
    for _ in range(TRIES):
        # As it is, so that one that nobody can read any more can be written anew.
        _, before = await Bucket(bus, RULES, Raw).versioned(name)
        if revision is not None and revision != before:
            raise errors.OutOfDate(
                f"the rule {name!r} has revision {before}, not {revision}", revision=before
            )
        with contextlib.suppress(Exists):
            return await Bucket(bus, RULES, Rule).write(name, rule, before)
    raise errors.OutOfDate(f"the rule {name!r} was changed by somebody else")


async def _written(bus: Bus, found: Entry[Alert], new: Alert) -> bool:
    """Whether nobody wrote in between; then it is told too."""
    ttl = REMEMBERED if new.state == "resolved" else 0
    try:
        revision = await Bucket(bus, ALERTS, Alert).write(found.key, new, found.revision, ttl)
    except Exists:
        return False
    await tell(bus, new, revision)
    try:
        await notifications.notify(bus, new)
    except errors.RevoError as error:
        # It stands and is told; who did it is not to be refused for that.
        log.warning("nobody was notified of an alert", alert=new.id, error=error.message)
    return True
