-- name: agent_metrics
-- doc: How one agent, announced or registered, did: outcomes, times in milliseconds, and what went wrong.
-- param: agent text null Its id; for an announced one its queue.
-- param: hours float 1 How far back to look.
WITH own AS (
    SELECT *
    FROM tasks
    WHERE (agent = $agent OR queue = $agent)
        AND finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
),

wrong AS (
    SELECT error_type AS type, count(*) AS count
    FROM own
    WHERE error_type IS NOT NULL AND state != 'canceled'
    GROUP BY error_type
    ORDER BY count DESC, type
    LIMIT 20
)

SELECT
    count(*) AS tasks,
    count(*) FILTER (state = 'completed') AS completed,
    count(*) FILTER (state = 'failed') AS failed,
    count(*) FILTER (state = 'rejected') AS rejected,
    count(*) FILTER (state = 'canceled') AS canceled,
    100.0 * count(*) FILTER (state = 'completed') / nullif(count(*) FILTER (state != 'canceled'), 0) AS success_rate,
    100.0 * count(*) FILTER (state = 'failed') / nullif(count(*) FILTER (state != 'canceled'), 0) AS error_rate,
    {
        'p50': quantile_cont(total_ms, 0.5) FILTER (state = 'completed'),
        'p95': quantile_cont(total_ms, 0.95) FILTER (state = 'completed'),
        'p99': quantile_cont(total_ms, 0.99) FILTER (state = 'completed')
    } AS response_ms,
    {
        'p50': quantile_cont(queue_ms, 0.5) FILTER (attempts <= 1),
        'p95': quantile_cont(queue_ms, 0.95) FILTER (attempts <= 1)
    } AS queue_ms,
    {'p50': quantile_cont(run_ms, 0.5), 'p95': quantile_cont(run_ms, 0.95)} AS run_ms,
    avg(attempts) AS attempts,
    count(*) / greatest($hours * 60, 0.001) AS throughput,
    max(finished_at) AS latest_at,
    (SELECT coalesce(list({'type': type, 'count': count} ORDER BY count DESC, type), []) FROM wrong) AS error_types
FROM own
