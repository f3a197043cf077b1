"""`revo predict`: what history says of tasks that have not run."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import RenderableType
from rich.text import Text

from infra import arguments
from infra.commands.console import span, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.report import printable
from subjects import errors
from subjects.client import predictions
from subjects.prediction import Chance, Cost, Prediction, Question, Spread

COLOURS = {"risk": "red", "slower": "yellow", "wait": "yellow", "help": "green", "faster": "green"}


@click.command(
    epilog=example(
        "revo predict security.scan",
        "revo predict code.write --agent ann --size 200000",
        "revo predict -f steps.json -o json",
    )
)
@click.argument("function", required=False)
@click.option("--agent", metavar="AGENT", help="Who is to do it.")
@click.option("--model", metavar="MODEL", help="The language model it is to use.")
@click.option("--size", type=float, metavar="BYTES", help="How large its input is.")
@click.option("--when", metavar="TIME", help="When it is to start, such as 2030-01-31T03:00:00Z.")
@click.option("--count", type=int, metavar="N", help="So many tasks, one after the other.")
@click.option(
    "--priority", type=click.Choice(("low", "medium", "high", "critical")), help="Of all its tasks."
)
@click.option("-f", "--file", metavar="FILE", help='Steps as JSON: [{"function": ...}, [...]]; - for stdin.')
@reaching()
async def predict(
    reach: Reach, function: str | None, file: str | None, priority: str | None, **step: Any
) -> None:
    """Say how likely a task is to complete, how long it takes and what it costs, from what such tasks did.

    Steps run one after the other; a list within the list is a group that runs side by side. "Not enough
    history" is an answer too: the exit code is 0.
    """
    told = await predictions.predict(reach.client, asked(function, file, priority, step))
    reach.output.show(told, *_seen(told))


def asked(function: str | None, file: str | None, priority: str | None, step: dict[str, Any]) -> Question:
    """What was typed as a question; InvalidRequest where it is none."""
    own = {key: value for key, value in step.items() if value is not None}
    if (function is None) == (file is None) or (file is not None and own):
        raise errors.InvalidRequest("name a FUNCTION, or give steps with -f FILE alone")
    if file is not None:
        whole = arguments.read(file if file == "-" else f"@{file}")
    else:
        whole = [{"function": function, **own}]
    given = whole if isinstance(whole, dict) else {"steps": whole}
    try:
        return msgspec.convert(given | ({"priority": priority} if priority else {}), Question)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(str(error)) from None


def _seen(told: Prediction) -> Iterator[RenderableType]:
    colour = "bold" if told.status == "ok" else "bold yellow"
    yield Text(printable(told.says), colour)
    if told.status == "ok":
        yield table(("", "expected", "from", "to"), _figures(told))
    if len(told.steps) > 1:
        yield Text("")
        yield table(("step", "function", ">count", "success", "runs", "history"), _steps(told))
    if told.factors:
        yield Text("")
        rows = [
            (Text(own.effect, COLOURS.get(own.effect, "")), printable(own.summary)) for own in told.factors
        ]
        yield table(("factor", "what history says"), rows)
    for hint in told.suggestions:
        yield Text(f"Try: {printable(hint)}", "cyan")
    for step in told.steps:
        if step.nearest and step.nearest[0] not in told.says:
            yield Text(f"{printable(step.function)}: did you mean {printable(step.nearest[0])}?", "dim")
    yield Text(_learnt(told), "dim")


def _figures(told: Prediction) -> Iterator[tuple[str, ...]]:
    yield ("completes", *_chance(told.success))
    for name, spread in (("waits", told.wait_ms), ("runs", told.run_ms), ("in all", told.total_ms)):
        yield (name, *_spread(spread))
    yield ("costs", *_cost(told.cost))


def _chance(chance: Chance | None) -> tuple[str, ...]:
    if chance is None:
        return "not known", "", ""
    return tuple(f"{100 * share:.1f} %" for share in (chance.probability, chance.low, chance.high))


def _spread(spread: Spread | None) -> tuple[str, ...]:
    if spread is None:
        return "not known", "", ""
    return tuple(span(ms / 1000) for ms in (spread.p50, spread.p10, spread.p90))


def _cost(cost: Cost | None) -> tuple[str, ...]:
    if cost is None or cost.usd is None or cost.low is None or cost.high is None:
        unpriced = 0 if cost is None else cost.unpriced
        return f"not known ({unpriced} tasks without a price)" if unpriced else "not known", "", ""
    return tuple(f"${usd:.4g}" for usd in (cost.usd, cost.low, cost.high))


def _steps(told: Prediction) -> Iterator[tuple[Any, ...]]:
    for step in told.steps:
        success = "" if step.success is None else f"{100 * step.success.probability:.1f} %"
        run = "" if step.run_ms is None else span(step.run_ms.p50 / 1000)
        history = f"{step.learnt.tasks} tasks" if step.status == "ok" else step.status.replace("_", " ")
        yield step.group + 1, printable(step.function), step.count, success, run, history


def _learnt(told: Prediction) -> str:
    if len(told.steps) == 1:
        [own] = told.steps
        learnt = own.learnt
        why = f" {own.skill.why[:1].upper()}{own.skill.why[1:]}." if own.skill is not None else ""
    else:
        learnt, why = told.learnt, ""
    if learnt.since is None:
        return "No task with an outcome is known."
    since = f"{datetime.fromisoformat(str(learnt.since)):%Y-%m-%d %H:%M}"
    return f"Confidence {told.confidence}; learnt from {learnt.tasks} tasks since {since} UTC.{why}"
