"""`revo agent analytics`: how agents do, with what each figure stands on, and what to do about it."""

from typing import Any

import click
import msgspec
from rich.text import Text

from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import errors, names
from subjects.insight import AgentInsight, Change, Rate

WINDOWS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}
ARROWS = {"better": ("better", "green"), "worse": ("worse", "red"), "same": ("same", "")}


@click.command(epilog=example("revo agent analytics", "revo agent analytics security --window 24h"))
@click.argument("name", required=False)
@click.option("--window", type=click.Choice(tuple(WINDOWS)), default="7d", show_default=True)
@reaching()
async def analytics(reach: Reach, *, name: str | None, window: str) -> None:
    """How agents do: success, times, cost, satisfaction, specialization, collaboration, trend, advice."""
    given: dict[str, Any] = {"hours": WINDOWS[window]}
    if name is not None:
        given["agent"] = names.token(name)
    answer = await reach.client.query("agent_insight", given)
    found = [
        msgspec.convert(dict(zip(answer["columns"], row, strict=True)), AgentInsight)
        for row in answer["rows"]
    ]
    if name is None:
        rows = [_row(own) for own in found]
        columns = (
            "agent",
            ">tasks",
            ">success %",
            ">p50 ms",
            ">usd/task",
            ">rating",
            ">special",
            "trend",
            "advice",
        )
        reach.output.show(found, table(columns, rows, f"No agent has finished a task within {window}."))
        return
    if not found:
        raise errors.NotFound(f"agent {name!r} has done nothing within {window}")
    for own in found:
        reach.output.show(own, *_page(own))


def _row(own: AgentInsight) -> tuple[Any, ...]:
    return (
        own.agent if own.origin == "announced" else f"{own.agent} (registered)",
        own.tasks,
        _share(own.success),
        own.response_ms.p50,
        own.cost.usd_per_task,
        own.satisfaction.mean,
        own.specialization.score,
        _verdict(own.trend.success),
        len(own.recommendations) or "",
    )


def _page(own: AgentInsight) -> list[Any]:
    """A few lines that a person reads, each figure with what it stands on."""
    times, cost, special, joint = own.response_ms, own.cost, own.specialization, own.collaboration
    lines = [
        ("success", _share(own.success), f"{own.success.count} of {own.success.of} tasks"),
        ("response p50", _ms(times.p50), f"{_range(times.p50_interval)} of {times.count} completed"),
        ("response p95", _ms(times.p95), _range(times.p95_interval)),
        ("cost a task", _plain(cost.usd_per_task, " USD"), f"{cost.asked} tasks asked a model"),
        ("satisfaction", _plain(own.satisfaction.mean, " of 5"), _rated(own)),
        (
            "specialization",
            _plain(special.score),
            f"{special.functions} of {special.known} functions; {special.note}",
        ),
        (
            "above others",
            _plain(special.advantage, " points"),
            f"{_range(special.advantage_interval)} {special.note}",
        ),
        ("joint work", _share(joint.joint), joint.note or f"with {', '.join(joint.partners)}"),
        ("above its parts", _plain(joint.effectiveness, " points"), _range(joint.effectiveness_interval)),
        ("handover p50", _ms(joint.handover.p50), f"{joint.handover.count} handovers"),
        ("trend of success", _verdict(own.trend.success), _changed(own.trend.success, " points")),
        ("trend of times", _verdict(own.trend.response), _changed(own.trend.response, " times")),
        ("trend of ratings", _verdict(own.trend.satisfaction), _changed(own.trend.satisfaction, " points")),
    ]
    advice = [Text(f"- {one.text}  [{one.rule}]", "yellow") for one in own.recommendations]
    head = Text(f"{own.agent} ({own.origin}), the last {own.hours:g} h: {own.tasks} tasks", "bold")
    return [head, table(("", ">", "from"), lines), *(advice or [Text("no advice follows from these", "dim")])]


def _share(rate: Rate) -> str:
    if rate.percent is None:
        return ""
    return f"{rate.percent:g} {_range(rate.interval)}" + ("" if rate.enough else " (few)")


def _rated(own: AgentInsight) -> str:
    satisfied = own.satisfaction.satisfied
    return own.satisfaction.note or f"{satisfied.count} of {satisfied.of} ratings are 4 or 5"


def _verdict(change: Change) -> Text:
    word, color = ARROWS.get(change.verdict, (change.verdict, "dim"))
    return Text(word, color)


def _changed(change: Change, unit: str) -> str:
    if change.change is None:
        return ""
    return f"{change.before:g} -> {change.now:g}: {change.change:g}{unit} {_range(change.interval)}"


def _range(interval: list[float | None] | None) -> str:
    if interval is None:
        return ""
    low, high = ("?" if side is None else f"{side:g}" for side in interval)
    return f"[{low}, {high}]"


def _ms(value: float | None) -> str:
    return _plain(value, " ms")


def _plain(value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{value:g}{unit}"
