-- name: insight_times
-- doc: Each agent's percentiles of response time, as many as are asked for, and its medians of waiting and running.
-- param: hours float 168 How far back to look.
-- param: agent text null Only of this agent.
-- param: shares text 0.5,0.95 Which percentiles, from 0 to 1.
WITH seen AS NOT MATERIALIZED (
    SELECT queue, agent, state, attempts, total_ms, queue_ms, run_ms, error_type
    FROM tasks
    WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT) AND state != 'canceled'
),
each AS NOT MATERIALIZED (
    SELECT queue AS who, 'announced' AS origin, * EXCLUDE (queue, agent) FROM seen
    UNION ALL
    SELECT agent, 'registered', * EXCLUDE (queue, agent) FROM seen WHERE agent IS NOT NULL
),
times AS (
    SELECT
        who,
        origin,
        count(*) FILTER (state = 'completed') AS completed,
        quantile_cont(total_ms, string_split($shares, ',')::DOUBLE[]) FILTER (state = 'completed') AS percentiles,
        quantile_cont(queue_ms, 0.5) FILTER (attempts <= 1) AS queue_p50,
        quantile_cont(run_ms, 0.5) AS run_p50
    FROM each
    WHERE $agent::VARCHAR IS NULL OR who = $agent
    GROUP BY who, origin
),
wrong AS (
    -- Few tasks fail: counting texts of all of them took longer than all percentiles.
    SELECT who, origin, mode(error_type) AS failed_mostly
    FROM each
    WHERE state != 'completed'
    GROUP BY who, origin
)
SELECT who AS agent, origin, completed, percentiles, queue_p50, run_p50, failed_mostly
FROM times
LEFT JOIN wrong USING (who, origin)
ORDER BY agent, origin
