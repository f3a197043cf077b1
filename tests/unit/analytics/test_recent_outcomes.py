"""What the default alerts are made from: work, and not the telling of alerts itself."""

from datetime import UTC, datetime, timedelta

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec

NOW = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)


def task(number, queue, state):
    return {
        "id": f"{queue}-{number}", "queue": queue, "function": "f", "state": state, "priority": "low",
        "attempts": 1, "submitted_at": NOW, "finished_at": NOW - timedelta(seconds=number), "total_ms": 1.0,
        "stream_seq": number,
    }  # fmt: skip


def letter(number, queue):
    return {
        "id": f"{queue}-{number}", "queue": queue, "function": "f", "kind": "failed", "attempts": 1,
        "died_at": NOW, "stream_seq": number,
    }  # fmt: skip


async def test_a_notification_that_fails_is_no_error_rate_and_no_dead_letter_that_rings(tmp_path):
    tasks = [task(number, "shop", "failed" if number % 2 else "completed") for number in range(20)]
    tasks += [task(number, "notify", "failed") for number in range(30)]
    letters = [letter(number, "shop" if number < 3 else "notify") for number in range(9)]
    lines = {
        "tasks": {own["id"]: codec.encode(own) for own in tasks},
        "dead_letters": {own["stream_seq"]: codec.encode(own) for own in letters},
    }
    query = catalog.load().find("recent_outcomes")
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        await store.append(Batch(lines, Position("RESULTS", "e", 200)))
        answer = await store.query(query.sql, query.bind({}, NOW))
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert (row["judged"], row["error_rate"], row["dead_letters"]) == (20, 50.0, 3)
