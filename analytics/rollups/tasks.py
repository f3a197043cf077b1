"""The rollups of tasks: how many, in what state, at what cost, and how long they took."""

from itertools import product

from analytics.rollups.folding import Source
from analytics.store import Statement

KINDS = ("all", "queue", "function", "agent", "worker", "caller")
"""What figures of tasks are by."""
NAMES = 200
"""Names of one kind that a bucket keeps; the rarer ones are summed up as `(other)`."""

_COLUMNS = """
    queue, function, agent, worker, tenant, state, attempts, finished_at, queue_ms, run_ms, total_ms,
    model_calls, input_tokens, output_tokens, usd,
    CASE WHEN state = 'completed' THEN time_bin(total_ms) END AS response_bin,
    time_bin(queue_ms) AS queue_bin,
    time_bin(run_ms) AS run_bin
"""
_COUNT_ROWS = """
INSERT INTO temp.fresh_task_counts
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
INSERT INTO temp.fresh_task_times
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
INSERT INTO temp.fresh_task_counts
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
INSERT INTO temp.fresh_task_times
SELECT $span, date_trunc($span, c.starts_at) AS bucket, kind, queue, name, measure, bin, sum(tasks)
FROM task_times AS c
WHERE c.span = $finer AND date_trunc($span, c.starts_at) IN (SELECT starts_at FROM temp.fold_stale)
GROUP BY bucket, kind, queue, name, measure, bin
"""
_NAMES = """
CREATE OR REPLACE TEMP TABLE fold_names AS
SELECT span, starts_at, kind, queue, name
FROM temp.fresh_task_counts
QUALIFY name = '(other)' OR row_number() OVER (
    PARTITION BY span, starts_at, kind ORDER BY name = '(other)', tasks DESC, queue, name
) <= $names
"""
_COUNTS = """
INSERT INTO task_counts
SELECT
    f.span, f.starts_at, f.kind,
    CASE WHEN n.name IS NULL AND f.kind = 'function' THEN '(other)' ELSE f.queue END AS own_queue,
    coalesce(n.name, '(other)') AS own_name,
    sum(tasks), sum(completed), sum(failed), sum(rejected), sum(canceled), sum(attempts), sum(retried),
    sum(started), sum(queue_ms), sum(run_ms), sum(total_ms), sum(model_calls), sum(input_tokens),
    sum(output_tokens), sum(usd), sum(unpriced), max(latest_at)
FROM temp.fresh_task_counts AS f
LEFT JOIN temp.fold_names AS n USING (span, starts_at, kind, queue, name)
GROUP BY ALL
"""
_TIMES = """
INSERT INTO task_times
SELECT
    f.span, f.starts_at, f.kind,
    CASE WHEN n.name IS NULL AND f.kind = 'function' THEN '(other)' ELSE f.queue END AS own_queue,
    coalesce(n.name, '(other)') AS own_name,
    measure, bin, sum(tasks)
FROM temp.fresh_task_times AS f
LEFT JOIN temp.fold_names AS n USING (span, starts_at, kind, queue, name)
GROUP BY ALL
"""

TASKS = Source(
    name="tasks",
    time="finished_at",
    tables=("task_counts", "task_times"),
    columns=_COLUMNS,
    from_rows=(
        *(Statement(_COUNT_ROWS, {"kind": kind}) for kind in KINDS),
        *(
            Statement(_TIME_ROWS, {"kind": kind, "measure": measure})
            for kind, measure in product(KINDS, ("response", "queue", "run"))
        ),
    ),
    from_finer=(_COUNT_FINER, _TIME_FINER),
    kept=(Statement(_NAMES, {"names": NAMES}), Statement(_COUNTS), Statement(_TIMES)),
)
