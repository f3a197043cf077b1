"""From submit to result when nothing else is to be done."""

import contextlib

from tests.bench.cases.tasks import CONTESTANTS, team
from tests.bench.children import place, server
from tests.bench.figures import Goal, Row, Scale, percentile, sample


async def run(scale: Scale) -> list[Row]:
    """p50 and p99 for each durability, beside the nats-py baseline; and what `client.run` takes."""
    rows = []
    for durability in scale.durabilities:
        found = await _measure(durability, scale)
        ours, theirs = found["ours"], found["nats-py"]
        label = f"submit to result, idle, {durability} durability"
        for percent, goal in ((50, Goal("ratio", "at most", 1.5)), (99, None)):
            mine, base = (
                [percentile(round, percent) * 1000 for round in rounds] for rounds in (ours, theirs)
            )
            rows.append(
                Row("latency", f"{label}, p{percent}", "ms", sample(mine), "nats-py", sample(base), goal)
            )
        waits = [percentile(round, 50) * 1000 for round in found["run"]]
        base = [percentile(round, 50) * 1000 for round in theirs]
        rows.append(
            Row(
                "latency",
                f"client.run, idle, {durability} durability, p50",
                "ms",
                sample(waits),
                "nats-py",
                sample(base),
            )
        )
        base = [percentile(round, 50) * 1000 for round in found["raw protocol"]]
        mine = [percentile(round, 50) * 1000 for round in ours]
        rows.append(Row("latency", f"{label}, p50", "ms", sample(mine), "raw protocol", sample(base)))
    return rows


async def _measure(durability: str, scale: Scale) -> dict[str, list[list[float]]]:
    count = scale.of(300, 40)
    found: dict[str, list[list[float]]] = {name: [] for name in (*CONTESTANTS, "run")}
    with place() as state:
        async with server(state, durability) as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            teams = {name: await stack.enter_async_context(team(state, url, name)) for name in CONTESTANTS}
            for one in teams.values():
                await one.submitter.ask("latency", count=30)
            for _ in range(scale.of(5, 3)):
                for name, one in teams.items():
                    found[name].append((await one.submitter.ask("latency", count=count))["seconds"])
                found["run"].append((await teams["ours"].submitter.ask("run", count=count))["seconds"])
    return found
