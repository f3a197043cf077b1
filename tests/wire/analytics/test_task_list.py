"""The list of finished tasks and its histogram take the same filters, and count the same tasks."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)


def row(number):
    failed = number % 3 == 0
    finished = NOW - timedelta(minutes=number + 1)
    return {
        "id": f"T-{number}",
        "queue": ("text", "security")[number % 2],
        "function": ("shout", "scan")[number % 2],
        "state": "failed" if failed else "completed",
        "priority": ("low", "high")[number % 5 == 0],
        "attempts": 1,
        "worker": f"w-{number % 4}",
        "submitted_at": finished,
        "started_at": finished,
        "finished_at": finished,
        "queue_ms": 1.0,
        "run_ms": 1.0,
        "total_ms": 2.0,
        "error_type": "timeout" if failed else None,
        "error_message": "It gave up" if failed else None,
        "agent": "one" if number % 7 == 0 else None,
        "tenant": "ci" if number % 11 == 0 else None,
        "stream_seq": number,
    }


async def ask(store, name, **given):
    query = catalog.load().find(name)
    answer = await store.query(query.sql, query.bind(given, NOW))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


FILTERS = [
    ({}, lambda own: True),
    ({"state": "failed"}, lambda own: own["state"] == "failed"),
    ({"queue": "text", "priority": "high"}, lambda own: (own["queue"], own["priority"]) == ("text", "high")),
    ({"function": "security.scan"}, lambda own: own["function"] == "scan"),
    ({"agent": "one"}, lambda own: own["agent"] == "one"),
    ({"caller": "ci"}, lambda own: own["tenant"] == "ci"),
    ({"worker": "w-3"}, lambda own: own["worker"] == "w-3"),
    ({"text": "gave UP"}, lambda own: own["error_message"] is not None),
    ({"text": "t-42"}, lambda own: own["id"] == "T-42"),
    ({"text": "Y.sc"}, lambda own: own["function"] == "scan"),
    (
        {"since": "2030-01-31T11:00:00Z", "until": "2030-01-31T11:30:00Z"},
        lambda own: 29 < own["stream_seq"] < 60,
    ),
]


async def test_a_filter_lists_and_counts_the_same_tasks_page_by_page(tmp_path):
    rows = [row(number) for number in range(100)]
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        lines = {own["id"]: codec.encode(own) for own in rows}
        await store.append(Batch({"tasks": lines}, Position("RESULTS", "e", 100)))
        for given, wanted in FILTERS:
            listed = await ask(store, "tasks", **given, limit=7)
            while more := await ask(store, "tasks", **given, limit=7, before=listed[-1]["cursor"]):
                listed += more
            assert [own["id"] for own in listed] == [own["id"] for own in rows if wanted(own)], given
            spans = await ask(store, "task_histogram", **given)
            assert len(spans) == 60
            assert sum(span["tasks"] for span in spans) == len(listed), given
            assert sum(span["failed"] for span in spans) == sum(own["state"] == "failed" for own in listed)
            for span in spans:
                inside = [own for own in listed if span["starts_at"] <= own["finished_at"] < span["ends_at"]]
                assert span["tasks"] == len(inside), (given, span)


@pytest.mark.parametrize(
    ("since", "until", "spans", "count"),
    [
        ("2030-01-31T00:00:00Z", "2030-01-31T00:00:00Z", 60, 0),
        ("2030-01-31T00:00:00Z", "2030-01-30T00:00:00Z", 60, 0),
        ("2030-01-31T00:00:00Z", "2030-01-31T00:00:00.5Z", 60, 1),
        ("2030-01-31T00:00:00Z", "2030-01-31T00:01:01Z", 60, 31),
        ("1700-01-01T00:00:00Z", "2030-01-31T00:00:00Z", 9_999_999, 1000),
        ("2030-01-31T00:00:00Z", "2030-02-01T00:00:00Z", 0, 1),
    ],
)
async def test_a_histogram_has_so_many_spans_at_most(tmp_path, since, until, spans, count):
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        found = await ask(store, "task_histogram", since=since, until=until, spans=spans)
        assert len(found) == count
        assert not found or found[-1]["ends_at"].isoformat().startswith(until[:19])
