-- name: recent_agents
-- doc: Each queue and each registered agent over the last minutes: what statuses and alerts are made from.
-- param: minutes float 5 How far back to look.
-- param: registered int 0 1 for the registered ones alone.
WITH recent AS (
    SELECT queue AS agent, state, total_ms, finished_at FROM tasks WHERE $registered = 0
    UNION ALL
    SELECT agent, state, total_ms, finished_at FROM tasks WHERE agent IS NOT NULL
)
SELECT
    agent,
    count(*) FILTER (state != 'canceled') AS judged,
    100.0 * count(*) FILTER (state = 'completed') / nullif(judged, 0) AS success_rate,
    100.0 * count(*) FILTER (state = 'failed') / nullif(judged, 0) AS error_rate,
    quantile_cont(total_ms, 0.5) FILTER (state = 'completed') AS response_ms,
    quantile_cont(total_ms, 0.95) FILTER (state = 'completed') AS response_p95_ms,
    count(*) / greatest($minutes, 0.001) AS throughput,
    max(finished_at) AS latest_at
FROM recent
WHERE finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT)
GROUP BY agent
ORDER BY agent
