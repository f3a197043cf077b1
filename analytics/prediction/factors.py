"""What makes a task differ from others of its function: counted in its history, told if beyond chance.

Two shares differ when the two-proportion z is beyond 2.58 (99 %, two-sided); two medians when their
difference on the log scale is beyond 2.58 of its standard errors, 1.2533 s / sqrt(n) each (Kendall and
Stuart, The Advanced Theory of Statistics I, 10.10). 99 %, because several things are looked at. Counts are
plain, without decay.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from analytics.prediction.past import LEVELS, NONE, UNKNOWN, Bools, Ints, Past
from subjects.prediction import Factor

Z = 2.58
FEW = 10
"""Tasks on each side below which nothing is compared."""
APART = 0.05
"""A smaller difference between two shares is not worth a word, be it ever so certain."""
RECENT = 20


def found(past: Past, code: Ints) -> list[Factor]:
    """Everything of a task with these codes that is worth a word, risks first."""
    factors = [*_levels(past, code), *_recent(past), *_causes(past), *_retries(past)]
    return sorted(factors, key=lambda factor: factor.effect != "risk")


def _levels(past: Past, code: Ints) -> Iterator[Factor]:
    for level, own in enumerate(code):
        known = past.codes[:, level] != UNKNOWN
        if own == UNKNOWN:
            continue
        here = past.codes[:, level] == own
        yield from _failing(past, level, int(own), here, known & ~here)
        yield from _slower(past, level, int(own), here, known & ~here)


def _failing(past: Past, level: int, own: int, here: Bools, others: Bools) -> Iterator[Factor]:
    n, m = int(here.sum()), int(others.sum())
    failed, elsewhere = int((~past.ok[here]).sum()), int((~past.ok[others]).sum())
    if min(n, m) < FEW or abs(failed / n - elsewhere / m) < APART:
        return
    if abs(z := z_of(failed, n, elsewhere, m)) < Z:
        return
    ratio = (failed / n) / (elsewhere / m) if elsewhere else None
    figures: dict[str, float] = {"failed": failed, "tasks": n, "others_failed": elsewhere, "others": m}
    times = f"{ratio:.1f}x as often as" if ratio else "while none of"
    told = f"{_subject(past, level, own)} fails {times} others on {past.function} ({failed} of {n}"
    told += f", others {elsewhere} of {m})"
    figures |= {"ratio": ratio} if ratio else {}
    if z > 0:
        yield Factor(LEVELS[level], "risk", told, figures, _instead(past, level, own))
    else:
        yield Factor(LEVELS[level], "help", told, figures)


def _instead(past: Past, level: int, own: int) -> str | None:
    """What fails least on the same level, and less than this beyond chance; None where nothing does."""
    n, failed = _counted(past, level, own)
    best: tuple[float, int] | None = None
    for other in set(past.codes[:, level].tolist()) - {own, UNKNOWN}:
        m, fails = _counted(past, level, other)
        if past.name(level, other) == NONE or m < FEW or z_of(failed, n, fails, m) < Z:
            continue
        if LEVELS[level] == "size" and other > own:
            continue
        if best is None or fails / m < best[0]:
            best = fails / m, other
    if best is None:
        return None
    m, fails = _counted(past, level, best[1])
    name, figures = past.name(level, best[1]), f"{fails} of {m} failed"
    return {
        "agent": f"give {past.function} to {name}: {figures}",
        "model": f"let {past.function} use {name}: {figures}",
        "size": f"split the input of {past.function}: with {name}, {figures}",
        "hour": f"{name.replace(' ', 's ', 1)} are better for {past.function}: {figures}",
    }[LEVELS[level]]


def _counted(past: Past, level: int, code: int) -> tuple[int, int]:
    inside = past.codes[:, level] == code
    return int(inside.sum()), int((~past.ok[inside]).sum())


def _slower(past: Past, level: int, own: int, here: Bools, others: Bools) -> Iterator[Factor]:
    runs = past.run_ms
    a, b = (np.log(np.maximum(runs[side & np.isfinite(runs)], 0.01)) for side in (here, others))
    if min(len(a), len(b)) < FEW:
        return
    apart = float(np.median(a) - np.median(b))
    error = 1.2533 * float(np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))
    ratio = float(np.exp(apart))
    if abs(apart) < Z * error or 2 / 3 < ratio < 1.5:
        return
    p50, others_p50 = float(np.exp(np.median(a))), float(np.exp(np.median(b)))
    told = f"{_subject(past, level, own)} took {ratio:.1f}x as long as others"
    told += (
        f" on {past.function} (middle {span(p50)} of {len(a)} tasks, others {span(others_p50)} of {len(b)})"
    )
    figures = {"ratio": ratio, "p50_ms": p50, "tasks": len(a), "others_p50_ms": others_p50, "others": len(b)}
    yield Factor(LEVELS[level], "slower" if ratio > 1 else "faster", told, figures)


def _recent(past: Past) -> Iterator[Factor]:
    late, early = past.ok[-RECENT:], past.ok[:-RECENT]
    if len(early) < RECENT:
        return
    failed, before = int((~late).sum()), int((~early).sum())
    z = z_of(failed, len(late), before, len(early))
    if abs(z) < Z:
        return
    word = "more" if z > 0 else "less"
    told = f"{past.function} fails {word} lately: {failed} of the last {len(late)}"
    told += f", before that {before} of {len(early)}"
    figures = {"failed": failed, "tasks": len(late), "before_failed": before, "before": len(early)}
    hint = f"{told}: find out what changed" if z > 0 else None
    yield Factor("recent", "risk" if z > 0 else "help", told, figures, hint)


def _causes(past: Past) -> Iterator[Factor]:
    causes = Counter(cause for cause in past.causes if cause is not None)
    failed = int((~past.ok).sum())
    if failed < FEW or not causes:
        return
    cause, count = causes.most_common(1)[0]
    if count * 2 < failed:
        return
    told = f"{count} of {failed} failures of {past.function} are {cause}"
    hint = "raise its timeout or make the input smaller" if cause == "timeout" else None
    yield Factor("cause", "risk", told, {"count": count, "failed": failed}, hint and f"{told}: {hint}")


def _retries(past: Past) -> Iterator[Factor]:
    again, n = int((past.attempts > 1).sum()), len(past)
    if n >= FEW and again * 5 >= n:
        yield Factor(
            "retries",
            "risk",
            f"{again} of {n} tasks of {past.function} needed more than one attempt",
            {"retried": again, "tasks": n},
        )


def z_of(good: int, n: int, others: int, m: int) -> float:
    """How many standard errors two shares are apart, under a common one.

    >>> round(z_of(12, 40, 10, 100), 2)
    2.94
    """
    share = (good + others) / (n + m)
    error = (share * (1 - share) * (1 / n + 1 / m)) ** 0.5
    return (good / n - others / m) / error if error else 0.0


def span(ms: float) -> str:
    """Milliseconds, readable.

    >>> span(12.3), span(1234), span(200_000)
    ('12 ms', '1.2 s', '3.3 min')
    """
    for most, size, unit in ((1000, 1, "ms"), (120_000, 1000, "s"), (7_200_000, 60_000, "min")):
        if ms < most:
            return f"{ms / size:.{0 if unit == 'ms' else 1}f} {unit}"
    return f"{ms / 3_600_000:.1f} h"


def _subject(past: Past, level: int, own: int) -> str:
    name = past.name(level, own)
    return {
        "agent": f"the agent {name}",
        "model": f"the model {name}",
        "size": f"an input of {name}",
        "hour": f"the {name}",
    }[LEVELS[level]]
