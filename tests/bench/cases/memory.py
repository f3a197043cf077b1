"""Recall from many memories, beside a plain scan of DuckDB."""

from tests.bench.children import child, place
from tests.bench.figures import Goal, Row, Scale, sample

LONGEST = 7200.0
"""Seconds: the first run with a sentence model makes the vectors."""


async def run(scale: Scale) -> list[Row]:
    """What a query takes, how near to exact it is, and what it costs to keep and to forget."""
    count, queries = scale.of(100_000, 5000), scale.of(1000, 60)
    with place() as state:
        async with child(state, "tests.bench.measured:memory") as measured:
            found = await measured.ask("measure", LONGEST, count=count, queries=queries)
    texts = "real sentences" if found["real"] else "made-up vectors"
    label = f"recall among {count:,} {texts}"
    scan = {percent: sample([found[f"scan_{percent}"]]) for percent in ("p50", "p99")}
    rows = []
    for key, words, most in (
        ("keyword", "by words", 10),
        ("semantic", "by meaning, vector at hand", 10),
        ("both", "by both, vector at hand", 10),
        ("embedded", "by both, embedded here", 30),
    ):
        if f"{key}_p50" not in found:
            continue
        for percent, goal in (("p50", None), ("p99", Goal("value", "at most", most))):
            ours = sample([found[f"{key}_{percent}"]])
            rows.append(
                Row("memory", f"{label}, {words}, {percent}", "ms", ours, "DuckDB scan", scan[percent], goal)
            )
        cpu = sample([found[f"{key}_cpu_p99"]])
        rows.append(Row("memory", f"{label}, {words}, processor time, p99", "ms", cpu))
    goal = Goal("value", "at least", 0.98)
    return [
        *rows,
        Row("memory", f"{label}: recall@10 of exact", "", sample([found["recall"]]), goal=goal),
        Row("memory", "memories into the stream", "/s", sample([found["store_s"]])),
        Row("memory", f"index of {count:,} rebuilt from the stream", "s", sample([found["rebuild_s"]])),
        Row("memory", f"resident memory for {count:,}", "MiB", sample([found["rss_mb"]])),
        Row("memory", "to overwrite a forgotten memory", "ms", sample([found["forget_ms"]])),
    ]
