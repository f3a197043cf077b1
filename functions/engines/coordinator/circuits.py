"""When work leaves an engine that is in error, and when it comes back: half open, one trial at a time.

>>> from datetime import UTC, timedelta
>>> now = datetime(2026, 1, 1, tzinfo=UTC)
>>> bad = seen(Circuit(), "20 % of its recent tasks completed", now)
>>> bad.open, trial_due(bad, 10, now), trial_due(bad, 10, now + timedelta(seconds=10))
(True, False, True)
>>> good = succeeded(bad, now)
>>> good.open, seen(good, "20 % of its recent tasks completed", now).open
(False, False)
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from functions.ports import Circuit

REMEMBERED = timedelta(minutes=5)
"""How far back statuses look: what failed before an engine was healed counts for so long."""
ENOUGH = 3
"""Tasks in a row that fail on an engine that was just healed, until it is out of service again."""


def seen(own: Circuit, failing: str, now: datetime) -> Circuit:
    """What to know after a look at the measured status; `failing` is empty where nothing is wrong with it."""
    if own.open:
        # It does well by the figures again, without any trial: its failures are too long ago.
        return own if failing else replace(own, open=False, reason="", healed_at=now, failures=0)
    if not failing or _healed_lately(own, now):
        return own
    return Circuit(open=True, reason=failing, since=now, trial_at=now)


def trial_due(own: Circuit, every: float, now: datetime) -> bool:
    """Whether an engine that is out of service may be tried now."""
    return own.open and (own.trial_at is None or now - own.trial_at >= timedelta(seconds=every))


def tried(own: Circuit, now: datetime) -> Circuit:
    """A trial begins."""
    return replace(own, trial_at=now)


def succeeded(own: Circuit, now: datetime) -> Circuit:
    """A task was done: the engine is back in service, and what failed in a row counts no more."""
    if own.open:
        return replace(own, open=False, reason="", healed_at=now, failures=0)
    return own if own.failures == 0 else replace(own, failures=0)


def failed(own: Circuit, reason: str, now: datetime) -> Circuit:
    """A task was not done, for a reason that lies with the engine."""
    if own.open:
        return replace(own, reason=reason, trial_at=now)
    if not _healed_lately(own, now):
        return own
    if own.failures + 1 >= ENOUGH:
        return Circuit(open=True, reason=reason, since=now, trial_at=now)
    return replace(own, failures=own.failures + 1)


def _healed_lately(own: Circuit, now: datetime) -> bool:
    return own.healed_at is not None and now - own.healed_at < REMEMBERED
