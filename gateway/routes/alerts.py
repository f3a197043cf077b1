"""/api/monitoring/alerts and silences: what rings, what rang, and what is to be kept quiet."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from gateway import pages
from gateway.asking import asked
from gateway.exchange import Answer, Ask, body, said
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors, names
from subjects.alerts import Action, Alert, AlertState, AlertView, NewSilence, Severity, Silence
from subjects.client import alerts as wire

Wanted = AlertState | Literal["open"]
Name = Annotated[str | None, QueryParameter(max_length=64)]

_actions = msgspec.json.Decoder(Action)
_silences = msgspec.json.Decoder(NewSilence)


@get("/api/monitoring/alerts", operation_id="listAlerts", opt=says(pages.Page))
async def alerts(  # noqa: PLR0913, PLR0917 - one for each filter of the query
    request: Ask,
    in_state: Annotated[Wanted | None, QueryParameter(name="state")] = None,
    severity: Annotated[Severity | None, QueryParameter()] = None,
    rule: Name = None,
    label: Annotated[str | None, QueryParameter(max_length=321, description="<name>:<value>")] = None,
    since: FromQuery[datetime | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=500)] = None,
) -> Answer:
    """Alerts as they stand, what changed last first; ended ones too, unless `state` is `open`."""
    before = pages.read(cursor).upto
    name, value = _label(label)
    given = {
        "state": in_state,
        "severity": severity,
        "rule": rule if rule is None else names.token(rule),
        "label": name,
        "value": value,
        "since": None
        if since is None
        else since.astimezone(UTC).isoformat()
        if since.tzinfo
        else since.isoformat(),
        "before": None if before is None else str(before),
        "limit": limit,
    }
    rows = await asked(parts_of(request), "alerts", given)
    more = len(rows) == limit
    return said(pages.Page(rows, pages.written(pages.Cursor(upto=rows[-1]["stream_seq"])) if more else None))


@get("/api/monitoring/alerts/{id:str}", operation_id="getAlert", opt=says(AlertView))
async def alert(request: Ask, id: FromPath[str]) -> Answer:
    """One alert with all its changes."""
    parts = parts_of(request)
    id = names.token(id)
    try:
        known: Alert | None = (await wire.get(parts.bus, id)).value
    except errors.NotFound:
        known = None
    changes = await _changes(parts, id, known)
    if known is not None:
        return said({"alert": known, "changes": changes})
    if not changes:
        raise errors.NotFound(f"no alert {id!r}")
    return said({"alert": changes[-1], "changes": changes})


@post(
    "/api/monitoring/alerts/{id:str}/acknowledge",
    status_code=200,
    operation_id="acknowledgeAlert",
    opt=says(Alert, takes=Action),
)
async def acknowledge(request: Ask, id: FromPath[str]) -> Answer:
    """Say that somebody looks after it; 409 where it has ended. Once more is fine."""
    return said(await wire.acknowledge(parts_of(request).bus, id, await _action(request)))


@post(
    "/api/monitoring/alerts/{id:str}/resolve",
    status_code=200,
    operation_id="resolveAlert",
    opt=says(Alert, takes=Action),
)
async def resolve(request: Ask, id: FromPath[str]) -> Answer:
    """End it by hand: it rings again once the figure has been well and is not any more. Twice is fine."""
    return said(await wire.resolve(parts_of(request).bus, id, await _action(request)))


@get("/api/monitoring/silences", operation_id="listSilences", opt=says(list[Silence]))
async def silences(request: Ask) -> Answer:
    """Those that hold now, the next to end first."""
    return said(await wire.silences(parts_of(request).bus))


@post(
    "/api/monitoring/silences",
    status_code=201,
    operation_id="createSilence",
    opt=says(Silence, takes=NewSilence),
)
async def silence(request: Ask) -> Answer:
    """Keep alerts that fit all matchers quiet: they are found and shown, and nobody is notified."""
    return said(await wire.silence(parts_of(request).bus, await body(request, _silences)), 201)


@delete("/api/monitoring/silences/{id:str}", status_code=204, operation_id="endSilence", opt=says(None))
async def end_silence(request: Ask, id: FromPath[str]) -> None:
    """End a silence now: of what still rings, people are notified."""
    await wire.end_silence(parts_of(request).bus, id)


async def _changes(parts: Parts, id: str, known: Alert | None) -> list[dict[str, Any]] | None:
    try:
        return await asked(parts, "alert_changes", {"id": id})
    except errors.Unavailable:
        if known is None:
            raise
        return None


async def _action(request: Ask) -> Action:
    return await body(request, _actions) if await request.body() else Action()


def _label(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    name, colon, value = text.partition(":")
    if not colon:
        raise errors.InvalidRequest(f"label: {text[:80]!r} is no <name>:<value>")
    return names.token(name), value


HANDLERS = [alerts, alert, acknowledge, resolve, silences, silence, end_silence]
