"""GET /api/tasks: pages of tasks, newest first."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from gateway import pages
from gateway.exchange import Answer, Ask, said
from gateway.listing import Filter, page
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import names
from subjects.messages import State

Name = Annotated[str | None, QueryParameter(max_length=129)]


@get("/api/tasks", operation_id="listTasks", opt=says(pages.Page))
async def tasks(  # noqa: PLR0913, PLR0917 - one for each filter of the query
    request: Ask,
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    queue: Name = None,
    function: Name = None,
    priority: Name = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    agent: Name = None,
    parent: Name = None,
    schedule: Name = None,
    text: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=500)] = None,
) -> Answer:
    """Unfinished tasks, then finished ones. `since`, `until`: submitted, or ended where finished."""
    wanted = Filter(
        state=in_state,
        queue=None if queue is None else names.token(queue),
        function=_function(function),
        priority=None if priority is None else names.priority(priority),
        since=_zoned(since),
        until=_zoned(until),
        agent=None if agent is None else names.token(agent),
        parent=None if parent is None else names.token(parent),
        schedule=None if schedule is None else names.token(schedule),
        text=text,
        limit=limit,
    )
    return said(await page(parts_of(request), wanted, pages.read(cursor)))


def _zoned(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)


def _function(name: str | None) -> str | None:
    if name is not None and "." in name:
        names.split_function(name)
        return name
    return None if name is None else names.token(name)


HANDLERS = [tasks]
