-- name: coordination_series
-- doc: How long jobs of several engines were coordinated over time, the oldest first; in ms, per step.
-- param: hours float 1 How far back to look.
-- param: steps int 60 About how many steps; a step is a whole minute, hour or day at least.
WITH step AS (
    SELECT to_seconds(greatest(ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit)::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
)
SELECT
    time_bucket(length, happened_at) AS starts_at,
    count(*) AS jobs,
    quantile_cont((fields->>'overhead_ms')::DOUBLE, 0.5) AS overhead_p50,
    quantile_cont((fields->>'overhead_ms')::DOUBLE, 0.95) AS overhead_p95
FROM events, step
WHERE kind = 'log' AND queue = 'coordinator' AND message = 'coordinated'
    AND happened_at >= window_start($now, $hours) AND happened_at < $now
GROUP BY time_bucket(length, happened_at)
ORDER BY starts_at
