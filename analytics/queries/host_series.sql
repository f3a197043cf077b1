-- name: host_series
-- doc: The load of each host over time, the oldest first: mean and largest value of each step, in percent.
-- param: hours float 24 How far back to look.
-- param: host text null Only of this host.
-- param: steps int 60 About how many steps; a step is a whole minute, hour or day at least.
WITH step AS (
    SELECT to_seconds(greatest(ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit)::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
)
SELECT
    time_bucket(length, measured_at) AS starts_at,
    host,
    count(*) AS measured,
    avg(cpu_usage) AS cpu_mean,
    max(cpu_usage) AS cpu_max,
    avg(memory_usage) AS memory_mean,
    max(memory_usage) AS memory_max,
    max(disk_usage) AS disk_max
FROM system_metrics, step
WHERE measured_at >= window_start($now, $hours) AND measured_at < $now
    AND ($host::VARCHAR IS NULL OR host = $host)
GROUP BY ALL
ORDER BY starts_at, host
