-- name: depths
-- doc: How many tasks waited and ran over time, the oldest first: the largest and the mean of each step.
-- param: hours float 1 How far back to look.
-- param: queue text null Only of this queue.
-- param: steps int 60 About how many steps; a step is a whole minute, hour or day at least.
WITH step AS (
    SELECT to_seconds(greatest(ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit)::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
)
SELECT
    time_bucket(length, measured_at) AS starts_at,
    host AS queue,
    max((data->>'queued')::BIGINT) AS queued_max,
    avg((data->>'queued')::BIGINT) AS queued_mean,
    max((data->>'running')::BIGINT) AS running_max,
    avg((data->>'running')::BIGINT) AS running_mean,
    max((data->>'workers')::BIGINT) AS workers_max
FROM metrics, step
WHERE kind IN ('engine_status', 'agent_status')
    AND measured_at >= window_start($now, $hours) AND measured_at < $now
    AND ($queue::VARCHAR IS NULL OR host = $queue)
GROUP BY ALL
ORDER BY starts_at, queue
