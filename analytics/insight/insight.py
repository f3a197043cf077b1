"""Answers `agent_insight`: a few grouped queries over the store, put together for each agent."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from analytics import catalog
from analytics.catalog import Parameter, Query
from analytics.computed import Computed
from analytics.insight import advice, parts
from analytics.insight.intervals import rate
from analytics.insight.parts import Facts, Row
from analytics.store import Store, Table
from subjects import codec
from subjects.agents import Origin
from subjects.channels import ENGINES
from subjects.insight import AgentInsight, Recommendation

QUESTION = Query(
    "agent_insight",
    "How each agent does: success, times, cost, satisfaction, specialization, collaboration, trend, advice.",
    (
        Parameter("hours", "float", 168, "Length of the period; it is compared with the one before."),
        Parameter("agent", "text", None, "Only of this agent, announced or registered."),
        Parameter("limit", "int", 100, "Agents at most, those with most tasks first."),
    ),
)
PARTS = ("cost", "ratings", "joint")
"""What is asked for at once, beside work and then times: which percentiles are read depends on the counts."""

Who = tuple[str, Origin]


class Insight:
    """Asks the store, and judges what it says."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._catalog = catalog.load()

    @property
    def computed(self) -> Computed:
        """For `Answers`."""
        return Computed(QUESTION, self.answer)

    async def answer(self, values: Mapping[str, Any]) -> Table:
        """One row for each agent; its columns are the members of AgentInsight."""
        given = {"hours": values["hours"], "agent": values["agent"]}
        first, others = await asyncio.gather(
            self._work_and_times(given), asyncio.gather(*(self._rows(part, given) for part in PARTS))
        )
        rows = {**first, **dict(zip(PARTS, others, strict=True))}
        found = [_insight(facts, values["hours"]) for facts in _gathered(rows)]
        found.sort(key=lambda own: (-own.tasks, own.agent))
        most = values["limit"]
        columns = list(AgentInsight.__struct_fields__)
        told = [list(codec.to_builtins(own).values()) for own in found[:most]]
        return Table(columns, told, len(found) > most)

    async def _work_and_times(self, given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        work = await self._rows("work", given)
        completed: Counter[Who] = Counter()
        for row in work:
            if row["now"]:
                completed[_who(row)] += row["completed"]
        read = sorted({50, 95, *(step for count in completed.values() for step in parts.steps(count))})
        shares = ",".join(f"{step / 100:.2f}" for step in read)
        times = await self._rows("times", {**given, "shares": shares})
        for row in times:
            row["percentiles"] = dict(zip(read, row["percentiles"] or (), strict=False))
        return {"work": work, "times": times}

    async def _rows(self, part: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        query = self._catalog.find(f"insight_{part}")
        table = await self._store.query(query.sql, query.bind(given))
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _gathered(rows: Mapping[str, list[dict[str, Any]]]) -> list[Facts]:
    told: dict[Who, dict[str, Any]] = defaultdict(lambda: {"work": [], "before": []})
    for row in rows["work"]:
        told[_who(row)]["work" if row["now"] else "before"].append(row)
    for part in ("times", "cost", "joint"):
        for row in rows[part]:
            told[_who(row)][part] = row
    for row in rows["ratings"]:
        told[_who(row)]["ratings" if row["now"] else "ratings_before"] = row
    return [
        Facts(agent, origin, **own)
        for (agent, origin), own in told.items()
        if origin == "registered" or agent not in ENGINES
    ]


def _who(row: Row) -> Who:
    return row["agent"], cast("Origin", row["origin"])


def _insight(facts: Facts, hours: float) -> AgentInsight:
    completed, judged = facts.judged
    own = AgentInsight(
        agent=facts.agent,
        origin=facts.origin,
        hours=hours,
        tasks=judged,
        success=rate(completed, judged),
        response_ms=parts.times(facts),
        cost=parts.cost(facts),
        satisfaction=parts.satisfaction(facts),
        specialization=parts.specialization(facts),
        collaboration=parts.collaboration(facts),
        trend=parts.trend(facts),
        recommendations=[],
        work=parts.work(facts),
    )
    mostly = None if facts.times is None else facts.times["failed_mostly"]
    told: list[Recommendation] = advice.recommendations(advice.Case(own, mostly))
    return msgspec.structs.replace(own, recommendations=told)
