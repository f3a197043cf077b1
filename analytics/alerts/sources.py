"""What a rule sees now: from the live feed, from a named query, or from SQL."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from analytics import catalog
from analytics.alerts.live import ABSENT, NEWS
from analytics.alerts.looks import WORKER
from analytics.alerts.machine import Reading
from analytics.alerts.series import Feed, Series
from analytics.store import Store, Table
from subjects import errors, names
from subjects.alerts import Rule
from subjects.rules import FIGURES

ROWS = 2000
"""Rows of an answer that are looked at."""
LONGEST = 256
"""Characters of a label's value."""
SETTLED = 6.0
"""Seconds that those who tell get, after a start, until their silence counts."""
FORGET = 86_400.0
"""Seconds of silence after which somebody is forgotten."""

Ask = Callable[[str], Awaitable[Table]]


class Sources:
    """Reads rules. `ask` runs the SQL that people wrote; without it there are no such rules."""

    def __init__(self, feed: Feed, store: Store, ask: Ask | None) -> None:
        self._feed = feed
        self._store = store
        self._ask = ask
        self._catalog = catalog.load()

    def is_live(self, rule: Rule) -> bool:
        """Whether reading a rule costs next to nothing."""
        return rule.kind == "absence" or (rule.kind != "sql" and rule.expression in FIGURES)

    def live(self, rule: Rule, now: float, since: float) -> list[Reading]:
        """The readings of a live rule; `since` is when this began to listen."""
        if rule.kind == "absence":
            return self._absences(rule, now, since)
        label = FIGURES[rule.expression].label
        found = []
        for own, series in self._feed.of(rule.expression):
            if now - series.heard_at > NEWS:
                self._feed.drop(rule.expression, own)
                continue
            found.append(reading(rule, {label: own} if label else {}, series, now))
        return found

    async def asked(self, rule: Rule) -> list[Reading]:
        """The readings of a rule that takes a question; the errors of the question."""
        if rule.kind == "sql":
            if self._ask is None:
                raise errors.Unavailable("nothing here runs SQL of one's own")
            table = await self._ask(rule.expression)
            return _of_rows(rule, table, "value", None)
        name, _, column = rule.expression.partition(".")
        query = self._catalog.find(name)
        if not query.sql:
            raise errors.InvalidRequest(f"the query {name} is not answered by SQL")
        table = await self._store.query(query.sql, query.bind(rule.parameters), ROWS)
        return _of_rows(rule, table, column, rule.by)

    def _absences(self, rule: Rule, now: float, since: float) -> list[Reading]:
        kind = ABSENT + rule.expression
        # Who listens only since a moment ago has not had the chance to hear anybody.
        settled = now - since >= min(SETTLED, rule.limit)
        label = "host" if rule.expression in ("system", WORKER) else "source"
        found = []
        for own, series in self._feed.of(kind):
            silent = now - series.heard_at
            if silent > FORGET:
                self._feed.drop(kind, own)
            else:
                found.append(Reading({label: own}, silent, settled))
        return found


def reading(rule: Rule, labels: dict[str, str], series: Series, now: float) -> Reading:
    """What a rule sees of a series."""
    if rule.kind == "rate":
        return Reading(labels, series.per_minute(rule.window, now))
    if not rule.window:
        return Reading(labels, series.newest(now))
    return Reading(labels, series.mean(rule.window, now), series.covered(rule.window, now))


def _of_rows(rule: Rule, table: Table, column: str, by: list[str] | None) -> list[Reading]:
    """A reading for each row. `by` None: every other column is a label."""
    columns = [str(own) for own in table.columns]
    if column not in columns:
        raise errors.InvalidRequest(f"there is no column {column!r}; there are {', '.join(columns)[:300]}")
    labels = [own for own in columns if own != column] if by is None else by
    for label in labels:
        if label not in columns:
            raise errors.InvalidRequest(f"there is no column {label!r}; there are {', '.join(columns)[:300]}")
        if not names.is_token(label):
            raise errors.InvalidRequest(f"the column {label[:80]!r} is no name of a label: use AS")
    found: dict[tuple[str, ...], Reading] = {}
    for row in table.rows:
        own = dict(zip(columns, row, strict=True))
        key = tuple(_text(own[label]) for label in labels)
        if key in found:
            raise errors.InvalidRequest(
                f"{rule.name}: two rows have the labels {dict(zip(labels, key, strict=True))}"
            )
        found[key] = Reading(dict(zip(labels, key, strict=True)), _number(own, column))
    return list(found.values())


def _number(row: Mapping[str, Any], column: str) -> float | None:
    value = row[column]
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise errors.InvalidRequest(f"{column} is {str(value)[:80]!r}, which is no number") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST]
