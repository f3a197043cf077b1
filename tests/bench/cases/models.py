"""A question to a model that answers at once: what routing, budget and reading add to the bare package."""

from tests.bench.children import child, place
from tests.bench.figures import Goal, Row, Scale, sample


async def run(scale: Scale) -> list[Row]:
    """Milliseconds a call, ours and the bare `openai` package, on one server."""
    found: dict[str, list[float]] = {"ours": [], "bare": []}
    with place() as state:
        async with (
            child(state, "tests.bench.modelled:serve") as served,
            child(state, "tests.bench.modelled:ask", url=served.facts["url"]) as asking,
        ):
            for round, name in scale.rounds(scale.of(10, 3) + 1, list(found)):
                took = await asking.ask("ask", who=name, count=scale.of(100, 20) if round else 20)
                if round:
                    found[name].append(took["seconds"] * 1000)
    ours, bare = sample(found["ours"]), sample(found["bare"])
    goal = Goal("ratio", "at most", 1.2)
    return [Row("models", "ask a model that answers at once", "ms", ours, "bare openai", bare, goal)]
