"""How long jobs were coordinated is told apart from how long they took."""

from datetime import UTC, datetime, timedelta

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec
from subjects.routing import COORDINATED

NOW = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)


def line(number, overhead, ago, **more):
    return {
        "id": f"t-{number}",
        "queue": "coordinator",
        "function": "orchestrate",
        "kind": "log",
        "happened_at": NOW - timedelta(minutes=ago),
        "message": COORDINATED,
        "fields": {"overhead_ms": overhead, "total_ms": 1000.0},
        "stream_seq": number,
        **more,
    }


async def test_coordination_is_what_a_hand_computes(tmp_path):
    lines = [
        line(1, 10.0, 1),
        line(2, 20.0, 2),
        line(3, 40.0, 30),
        line(4, 9000.0, 61),
        line(5, 7.0, 1, message="part"),
        line(6, 7.0, 1, queue="text"),
    ]
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        rows = {own["stream_seq"]: codec.encode(own) for own in lines}
        await store.append(Batch({"events": rows}, Position("EVENTS", "e", 6)))
        one, series = (catalog.load().find(name) for name in ("coordination", "coordination_series"))
        told = await store.query(one.sql, one.bind({}, NOW))
        row = dict(zip(told.columns, told.rows[0], strict=True))
        assert (row["jobs"], row["overhead_p50"], row["overhead_max"]) == (3, 20.0, 40.0)
        assert (row["overhead_p95"], row["total_p50"]) == (38.0, 1000.0)
        steps = (await store.query(series.sql, series.bind({"hours": 24}, NOW))).rows
        assert [(jobs, p50) for _, jobs, p50, _ in steps] == [(1, 9000.0), (1, 40.0), (2, 15.0)]
