"""WebSocket fan-out: how late frames are, beside the best bare server of the same run."""

from tests.bench.figures import Goal, Row, Sample, Scale, sample
from tests.bench.sockets import measure

RATE = 10
"""Frames a second to every socket."""
MANY = 5000
"""Beyond what one core does with ease; stated, without a goal."""

Round = dict[str, dict[str, float]]


async def run(scale: Scale) -> list[Row]:
    """Delivery, loss, connecting, memory and CPU; in a full run with many more sockets too."""
    count = scale.of(1000, 200)
    rounds = [await measure(count, RATE, scale.of(10, 2)) for _ in range(scale.of(3, 1))]
    rows = _rows(count, rounds, Goal("ratio", "at most", 1.5))
    if not scale.quick:
        rows += _rows(MANY, [await measure(MANY, RATE, 10)], None)
    return rows


def _rows(count: int, rounds: list[Round], goal: Goal | None) -> list[Row]:
    def of(name: str, key: str) -> Sample:
        return sample([found[name][key] for found in rounds])

    best = min(("picows", "uvicorn"), key=lambda name: of(name, "p99_ms").median)
    label = f"{count:,} sockets, {RATE} frames/s each"
    whole = Goal("value", "at most", 0) if goal is not None else None
    rows = []
    for key, what, unit, wanted in (
        ("p50_ms", "delivery p50", "ms", None),
        ("p99_ms", "delivery p99", "ms", goal),
        ("lost", "frames lost", "", whole),
        ("connect_s", "seconds to connect all", "s", None),
        ("kb_per_socket", "memory per socket", "KB", None),
        ("cpu", "CPU of the server", "cores", None),
    ):
        rows.append(
            Row("sockets", f"{label}: {what}", unit, of("ours", key), f"bare {best}", of(best, key), wanted)
        )
    return rows
