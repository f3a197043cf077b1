"""The SQL that brings the rollups of tasks in line with the rows again, as statements of one transaction.

A bucket is never added to: it is taken out and made anew, from rows where it is of the finest span that is
kept of its time, else from the buckets of the next finer span. So a fold may be repeated, cut off, or run
over rows that were replaced, came late or out of order: what it leaves is a function of the rows alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from analytics.store import Statement

KINDS = ("all", "queue", "function", "agent", "worker", "caller")
"""What figures of tasks are by."""
NAMES = 200
"""Names of one kind that a bucket keeps; the rarer ones are summed up as `(other)`."""

_ROWS = """
CREATE OR REPLACE TEMP TABLE fold_rows AS
SELECT
    kept_span(finished_at, minutes_since, hours_since) AS span,
    kept_bucket(finished_at, minutes_since, hours_since) AS starts_at,
    queue, function, agent, worker, tenant, state, attempts, finished_at, queue_ms, run_ms, total_ms,
    model_calls, input_tokens, output_tokens, usd,
    CASE WHEN state = 'completed' THEN time_bin(total_ms) END AS response_bin,
    time_bin(queue_ms) AS queue_bin,
    time_bin(run_ms) AS run_bin
FROM tasks AS t, (SELECT * FROM rollup_marks WHERE source = 'tasks') AS marks
WHERE t.finished_at >= $from AND t.finished_at < $until
    AND kept_bucket(t.finished_at, minutes_since, hours_since) IN (SELECT starts_at FROM temp.fold_stale)
"""
_STALE = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT
    kept_span(minute, minutes_since, hours_since) AS span,
    kept_bucket(minute, minutes_since, hours_since) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = 'tasks') AS marks
WHERE rollup_dirty.source = 'tasks' AND minute >= $first AND minute <= $last
"""
_STALE_HOURS = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT 'hour' AS span, date_trunc('hour', minute) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = 'tasks') AS marks
WHERE rollup_dirty.source = 'tasks' AND minute >= $first AND minute <= $last AND minute >= minutes_since
"""
_STALE_DAYS = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT 'day' AS span, date_trunc('day', minute) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = 'tasks') AS marks
WHERE rollup_dirty.source = 'tasks' AND minute >= $first AND minute <= $last AND minute >= hours_since
"""
_FRESH = (
    "CREATE OR REPLACE TEMP TABLE fresh_counts AS SELECT * FROM task_counts LIMIT 0",
    "CREATE OR REPLACE TEMP TABLE fresh_times AS SELECT * FROM task_times LIMIT 0",
)
_COUNT_ROWS = """
INSERT INTO temp.fresh_counts
SELECT
    span, starts_at, $kind, own_queue, own_name,
    count(*), count(*) FILTER (state = 'completed'), count(*) FILTER (state = 'failed'),
    count(*) FILTER (state = 'rejected'), count(*) FILTER (state = 'canceled'),
    sum(attempts), count(*) FILTER (attempts > 1), count(run_ms),
    sum(queue_ms), sum(run_ms), sum(total_ms),
    coalesce(sum(model_calls), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(usd), 0), count(*) FILTER (model_calls > 0 AND usd IS NULL), max(finished_at)
FROM (
    SELECT
        *,
        CASE WHEN $kind = 'function' THEN queue ELSE '' END AS own_queue,
        CASE $kind
            WHEN 'all' THEN 'all' WHEN 'queue' THEN queue WHEN 'function' THEN function
            WHEN 'agent' THEN agent WHEN 'worker' THEN worker ELSE tenant
        END AS own_name
    FROM temp.fold_rows
)
WHERE own_name IS NOT NULL
GROUP BY span, starts_at, own_queue, own_name
"""
_TIME_ROWS = """
INSERT INTO temp.fresh_times
SELECT span, starts_at, $kind, own_queue, own_name, $measure, bin, count(*)
FROM (
    SELECT
        span, starts_at,
        CASE WHEN $kind = 'function' THEN queue ELSE '' END AS own_queue,
        CASE $kind
            WHEN 'all' THEN 'all' WHEN 'queue' THEN queue WHEN 'function' THEN function
            WHEN 'agent' THEN agent WHEN 'worker' THEN worker ELSE tenant
        END AS own_name,
        CASE $measure WHEN 'response' THEN response_bin WHEN 'queue' THEN queue_bin ELSE run_bin END AS bin
    FROM temp.fold_rows
)
WHERE own_name IS NOT NULL AND bin IS NOT NULL
GROUP BY span, starts_at, own_queue, own_name, bin
"""
_COUNT_FINER = """
INSERT INTO temp.fresh_counts
SELECT
    $span, date_trunc($span, c.starts_at) AS bucket, kind, queue, name,
    sum(tasks), sum(completed), sum(failed), sum(rejected), sum(canceled), sum(attempts), sum(retried),
    sum(started), sum(queue_ms), sum(run_ms), sum(total_ms), sum(model_calls), sum(input_tokens),
    sum(output_tokens), sum(usd), sum(unpriced), max(latest_at)
FROM task_counts AS c
WHERE c.span = $finer AND date_trunc($span, c.starts_at) IN (SELECT starts_at FROM temp.fold_stale)
GROUP BY bucket, kind, queue, name
"""
_TIME_FINER = """
INSERT INTO temp.fresh_times
SELECT $span, date_trunc($span, c.starts_at) AS bucket, kind, queue, name, measure, bin, sum(tasks)
FROM task_times AS c
WHERE c.span = $finer AND date_trunc($span, c.starts_at) IN (SELECT starts_at FROM temp.fold_stale)
GROUP BY bucket, kind, queue, name, measure, bin
"""
_REPLACE = (
    """
    DELETE FROM task_counts USING temp.fold_stale AS s
    WHERE task_counts.span = s.span AND task_counts.starts_at = s.starts_at
    """,
    """
    DELETE FROM task_times USING temp.fold_stale AS s
    WHERE task_times.span = s.span AND task_times.starts_at = s.starts_at
    """,
    """
    CREATE OR REPLACE TEMP TABLE fold_names AS
    SELECT span, starts_at, kind, queue, name
    FROM temp.fresh_counts
    QUALIFY name = '(other)' OR row_number() OVER (
        PARTITION BY span, starts_at, kind ORDER BY name = '(other)', tasks DESC, queue, name
    ) <= $names
    """,
    """
    INSERT INTO task_counts
    SELECT
        f.span, f.starts_at, f.kind,
        CASE WHEN n.name IS NULL AND f.kind = 'function' THEN '(other)' ELSE f.queue END AS own_queue,
        coalesce(n.name, '(other)') AS own_name,
        sum(tasks), sum(completed), sum(failed), sum(rejected), sum(canceled), sum(attempts), sum(retried),
        sum(started), sum(queue_ms), sum(run_ms), sum(total_ms), sum(model_calls), sum(input_tokens),
        sum(output_tokens), sum(usd), sum(unpriced), max(latest_at)
    FROM temp.fresh_counts AS f
    LEFT JOIN temp.fold_names AS n USING (span, starts_at, kind, queue, name)
    GROUP BY ALL
    """,
    """
    INSERT INTO task_times
    SELECT
        f.span, f.starts_at, f.kind,
        CASE WHEN n.name IS NULL AND f.kind = 'function' THEN '(other)' ELSE f.queue END AS own_queue,
        coalesce(n.name, '(other)') AS own_name,
        measure, bin, sum(tasks)
    FROM temp.fresh_times AS f
    LEFT JOIN temp.fold_names AS n USING (span, starts_at, kind, queue, name)
    GROUP BY ALL
    """,
)
_CLEAN = (
    "DELETE FROM rollup_dirty WHERE source = 'tasks' AND minute >= $first AND minute <= $last",
    "DROP TABLE temp.fold_rows",
)


class Range(Struct, frozen=True):
    """Dirty minutes from `first` to `last`, and the time of the rows that their buckets are made of."""

    first: datetime
    last: datetime
    since: datetime
    until: datetime


def fold(due: Range) -> Iterator[Statement]:
    """Statements after which rollups agree with the rows of these minutes."""
    minutes: dict[str, Any] = {"first": due.first, "last": due.last}
    yield Statement(_STALE, minutes)
    yield Statement(_ROWS, {"from": due.since, "until": due.until})
    yield from map(Statement, _FRESH)
    for kind in KINDS:
        yield Statement(_COUNT_ROWS, {"kind": kind})
        for measure in ("response", "queue", "run"):
            yield Statement(_TIME_ROWS, {"kind": kind, "measure": measure})
    yield from _replace()
    for span, finer, stale in (("hour", "minute", _STALE_HOURS), ("day", "hour", _STALE_DAYS)):
        yield Statement(stale, minutes)
        yield from map(Statement, _FRESH)
        yield Statement(_COUNT_FINER, {"span": span, "finer": finer})
        yield Statement(_TIME_FINER, {"span": span, "finer": finer})
        yield from _replace()
    yield Statement(_CLEAN[0], minutes)
    yield Statement(_CLEAN[1])


def _replace() -> Iterator[Statement]:
    for sql in _REPLACE:
        yield Statement(sql, {"names": NAMES} if "$names" in sql else {})
