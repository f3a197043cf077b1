-- name: host_series
-- doc: The load of each host over time, the oldest first: mean and largest percent, bytes a second, of each step.
-- param: hours float 24 How far back to look.
-- param: host text null Only of this host.
-- param: steps int 60 About how many steps; a step is a whole minute, hour or day at least.
-- period: now hours of system_metrics
-- page: overview

/* sent and received are bytes a second, null where no two measurements of a minute tell of them. */
WITH step AS (
    SELECT to_seconds(greatest(ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit)::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
)
SELECT
    time_bucket(length, starts_at) AS starts_at,
    host,
    sum(measured)::BIGINT AS measured,
    sum(cpu_sum) / sum(measured) AS cpu_mean,
    max(cpu_max) AS cpu_max,
    sum(memory_sum) / sum(measured) AS memory_mean,
    max(memory_max) AS memory_max,
    max(disk_max) AS disk_max,
    sum(sent) / nullif(sum(covered), 0) AS sent,
    sum(received) / nullif(sum(covered), 0) AS received
FROM host_figures($load_pieces, $load_earliest, $load_loose) AS f, step
WHERE $host::VARCHAR IS NULL OR host = $host
GROUP BY time_bucket(length, f.starts_at), host
ORDER BY starts_at, host
