"""What it costs to give a task to an engine by the rules, and to run steps as one job."""

from tests.bench.children import child, place, server
from tests.bench.figures import Goal, Row, Scale, percentile, sample

ROLES = "tests.bench.coordination"
IDEAL = 30.0
"""Milliseconds of the pipeline if nothing but its three waits took time."""


async def run(scale: Scale) -> list[Row]:
    """client.run through the coordinator beside client.run without it; and what the answers tell."""
    count = scale.of(200, 30)
    found: dict[str, list[float]] = {name: [] for name in ("direct", "orchestrated", "pipeline")}
    overheads: dict[str, list[float]] = {name: [] for name in found}
    with place() as state:
        async with (
            server(state, "power") as started,
            child(state, f"{ROLES}:worker", url=started.facts["url"]),
            child(state, f"{ROLES}:asker", url=started.facts["url"]) as asker,
        ):
            for name in found:
                await asker.ask("ask", what=name, count=20)
            for _, name in scale.rounds(scale.of(5, 3), list(found)):
                told = await asker.ask("ask", what=name, count=count)
                found[name].append(percentile(told["seconds"], 50) * 1000)
                if told["overheads"]:
                    overheads[name].append(percentile(told["overheads"], 50))
                    overheads[f"{name} p99"] = [
                        *overheads.get(f"{name} p99", []), percentile(told["overheads"], 99),
                    ]  # fmt: skip
    rows = [
        Row("coordination", "a task by the rules, submit to result, p50", "ms", sample(found["orchestrated"]),
            "the same task, given directly", sample(found["direct"])),
        Row("coordination", "six steps of 10 ms, three deep, p50", "ms", sample(found["pipeline"]),
            "the waits alone", sample([IDEAL])),
    ]  # fmt: skip
    for name in ("orchestrated", "pipeline"):
        for percent, key in (("p50", name), ("p99", f"{name} p99")):
            goal = Goal("value", "at most", 5000.0) if percent == "p99" else None
            rows.append(
                Row(
                    "coordination",
                    f"overhead told by {name}, {percent}",
                    "ms",
                    sample(overheads[key]),
                    goal=goal,
                )
            )
    return rows
