"""How agents do over a longer time, with what every figure was made of: /api/analytics/agents."""

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors, names
from subjects.insight import AgentInsight

Window = Literal["1h", "6h", "24h", "7d", "30d"]
HOURS: dict[Window, int] = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}


@get("/api/analytics/agents", operation_id="getAgentsAnalytics", opt=says(list[AgentInsight]))
async def agents(
    request: Ask,
    window: FromQuery[Window] = "7d",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Answer:
    """Every agent that did something, the busiest first: success, cost, satisfaction, trend, advice."""
    given = {"hours": HOURS[window], "limit": limit}
    return said(await _asked(parts_of(request), given))


@get("/api/analytics/agents/{id:str}", operation_id="getAgentAnalytics", opt=says(AgentInsight))
async def agent(request: Ask, id: FromPath[str], window: FromQuery[Window] = "7d") -> Answer:
    """One agent, with what every figure was made of; 404 where it did nothing within the window."""
    parts = parts_of(request)
    given = {"hours": HOURS[window], "agent": names.token(id)}
    found = await _asked(parts, given)
    # A registered agent may have the name of a queue that came later: it hides it, as in the list of agents.
    view = None if found and len(found) == 1 else await parts.agents.one(id)
    if view is not None:
        found = [own for own in found if own["origin"] == view.origin]
    if not found:
        raise errors.NotFound(f"agent {id!r} has done nothing within {window}")
    return said(found[0])


async def _asked(parts: Parts, given: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = await parts.client.query("agent_insight", given)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


HANDLERS = [agents, agent]
