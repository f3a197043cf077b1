-- name: insight_times
-- doc: Each agent's percentiles of response time, in steps of one percent, and its medians of waiting and running.
-- param: hours float 168 How far back to look.
-- param: agent text null Only of this agent.
WITH seen AS (
    SELECT queue, agent, state, attempts, total_ms, queue_ms, run_ms, error_type
    FROM tasks
    WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT) AND state != 'canceled'
),
each AS (
    SELECT queue AS who, 'announced' AS origin, * EXCLUDE (queue, agent) FROM seen
    UNION ALL
    SELECT agent, 'registered', * EXCLUDE (queue, agent) FROM seen WHERE agent IS NOT NULL
)
SELECT
    who AS agent,
    origin,
    count(*) FILTER (state = 'completed') AS completed,
    quantile_cont(
        total_ms,
        [0.00, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.10, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18,
         0.19, 0.20, 0.21, 0.22, 0.23, 0.24, 0.25, 0.26, 0.27, 0.28, 0.29, 0.30, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37,
         0.38, 0.39, 0.40, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46, 0.47, 0.48, 0.49, 0.50, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56,
         0.57, 0.58, 0.59, 0.60, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67, 0.68, 0.69, 0.70, 0.71, 0.72, 0.73, 0.74, 0.75,
         0.76, 0.77, 0.78, 0.79, 0.80, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87, 0.88, 0.89, 0.90, 0.91, 0.92, 0.93, 0.94,
         0.95, 0.96, 0.97, 0.98, 0.99, 1.00]
    ) FILTER (state = 'completed') AS percentiles,
    quantile_cont(queue_ms, 0.5) FILTER (attempts <= 1) AS queue_p50,
    quantile_cont(run_ms, 0.5) AS run_p50,
    mode(error_type) FILTER (state != 'completed') AS failed_mostly
FROM each
WHERE $agent::VARCHAR IS NULL OR who = $agent
GROUP BY who, origin
ORDER BY agent, origin
