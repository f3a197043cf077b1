"""Who is told of alerts, over a bus: the list of targets, and a task for each that wants a change.

A task's id is made of the alert, its severity, its state and the target: telling again tells nobody twice.
"""

import contextlib
import hashlib
import secrets

import msgspec
import structlog
from msgspec import Raw

from subjects import codec, errors
from subjects.alerts import Alert
from subjects.bus import Bus
from subjects.bus.connection import Exists
from subjects.client.submit import Door, submit
from subjects.kv import Bucket
from subjects.messages import Accepted, Submission
from subjects.notifications import (
    BUCKET,
    KEY,
    MOST_TARGETS,
    Email,
    Notice,
    Subject,
    Target,
    Targets,
    Webhook,
    checked,
    wants,
)

log = structlog.get_logger()

TRIES = 5
FUNCTIONS = {Webhook: "notify.webhook", Email: "notify.email", Subject: "notify.nats"}

_documents = msgspec.json.Decoder(Targets)


async def targets(bus: Bus) -> tuple[list[Target], int]:
    """Every target by name, and the revision of the list; InvalidInput where it cannot be read."""
    raw, revision = await Bucket(bus, BUCKET, Raw).versioned(KEY)
    return ([] if raw is None else codec.decode(bytes(raw), _documents).targets), revision


async def get(bus: Bus, name: str) -> tuple[Target, int]:
    """One target with the revision of the list; NotFound without one."""
    found, revision = await targets(bus)
    return _named(found, name), revision


async def put(bus: Bus, target: Target, revision: int | None = None) -> int:
    """Tell this target from now on; the new revision. OutOfDate where `revision` is not the newest."""
    checked(target)
    for _ in range(TRIES):
        found, before = await targets(bus)
        others = [own for own in found if own.name != target.name]
        if len(others) >= MOST_TARGETS:
            raise errors.InvalidRequest(f"there are {len(others)} targets; there may be {MOST_TARGETS}")
        with contextlib.suppress(Exists):
            return await _write(bus, [*others, target], before, revision)
    raise errors.OutOfDate("the targets were changed by somebody else")


async def remove(bus: Bus, name: str, revision: int | None = None) -> None:
    """Tell this target nothing any more; NotFound without one."""
    for _ in range(TRIES):
        found, before = await targets(bus)
        gone = _named(found, name)
        with contextlib.suppress(Exists):
            await _write(bus, [own for own in found if own != gone], before, revision)
            return
    raise errors.OutOfDate("the targets were changed by somebody else")


async def targets_of(bus: Bus, alert: Alert) -> list[Target]:
    """Those who are to be told of an alert as it stands; nobody while it is silenced."""
    if alert.silenced:
        return []
    try:
        found, _ = await targets(bus)
    except errors.InvalidInput as error:
        log.warning("targets of notifications could not be read", error=error.message)
        return []
    return [own for own in found if wants(own, alert)]


async def notify(bus: Bus, alert: Alert) -> list[str]:
    """The ids of the tasks that tell of a change. Again is fine; a RevoError: call again later."""
    return [(await _send(bus, Notice(alert, own))).id for own in await targets_of(bus, alert)]


async def test(bus: Bus, name: str) -> Accepted:
    """The task that sends a made-up alert to a target, switched off or not."""
    target, _ = await get(bus, name)
    now = codec.now()
    alert = Alert(
        f"test-{secrets.token_hex(6)}", "test", "info", "firing", "A test: nothing is wrong.", now, now,
        {"test": "true"},
    )  # fmt: skip
    return await _send(bus, Notice(alert, target))


def key(notice: Notice) -> str:
    """The id of the task that tells somebody of a change.

    >>> now = codec.now()
    >>> alert = Alert("0f3a1b2c4d5e-1", "cpu", "warning", "firing", "", now, now)
    >>> key(Notice(alert, Target(name="pager", via=Subject())))
    '0f3a1b2c4d5e-1-warning-firing-pager'
    """
    alert = notice.alert
    plain = f"{alert.id}-{alert.severity}-{alert.state}-{notice.target.name}"
    return plain if len(plain) <= 64 else "n" + hashlib.sha256(plain.encode()).hexdigest()[:40]


async def _send(bus: Bus, notice: Notice) -> Accepted:
    target, id = notice.target, key(notice)
    order = Submission(
        FUNCTIONS[type(target.via)], Raw(codec.encode(notice)), "high", id, target.timeout, target.attempts
    )
    try:
        return await submit(bus, order, Door("alerts"))
    except errors.Conflict:
        # Told already, with another figure or by what the target was then.
        return Accepted(id, "queued", order.function, duplicate=True)


async def _write(bus: Bus, found: list[Target], before: int, revision: int | None) -> int:
    if revision is not None and revision != before:
        raise errors.OutOfDate(f"the targets have revision {before}, not {revision}", revision=before)
    document = Targets(sorted(found, key=lambda own: own.name))
    return await Bucket(bus, BUCKET, Targets).write(KEY, document, before)


def _named(found: list[Target], name: str) -> Target:
    target = next((own for own in found if own.name == name), None)
    if target is None:
        raise errors.NotFound(f"there is no target {name[:80]!r} of notifications")
    return target
