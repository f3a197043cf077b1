"""WebSocket fan-out: how late frames are, beside the best bare server of the same run."""

from tests.bench.figures import Goal, Row, Sample, Scale, sample
from tests.bench.sockets import measure

SOCKETS = 1000
RATE = 10


async def run(scale: Scale) -> list[Row]:
    """Delivery, loss, connecting and memory at 1,000 sockets and 10 frames a second."""
    rounds = [await measure(SOCKETS, RATE, scale.of(10, 4)) for _ in range(scale.of(3, 1))]

    def of(name: str, key: str) -> Sample:
        return sample([found[name][key] for found in rounds])

    label = f"{SOCKETS} sockets, {RATE} frames/s each"
    best = min(("picows", "uvicorn"), key=lambda name: of(name, "p99_ms").median)
    rows = [
        Row(
            "sockets",
            f"{label}: delivery, {key[:3]}",
            "ms",
            of("ours", key),
            f"bare {best}",
            of(best, key),
            goal,
        )
        for key, goal in (("p50_ms", None), ("p99_ms", Goal("ratio", "at most", 1.5)))
    ]
    rows.append(
        Row("sockets", f"{label}: frames lost", "", of("ours", "lost"), goal=Goal("value", "at most", 0))
    )
    for key, what, unit in (
        ("connect_s", "seconds to connect all", "s"),
        ("kb_per_socket", "memory per socket", "KB"),
        ("cpu", "CPU of the server", "cores"),
    ):
        rows.append(Row("sockets", f"{label}: {what}", unit, of("ours", key), f"bare {best}", of(best, key)))
    return rows
