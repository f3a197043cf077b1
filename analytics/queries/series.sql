-- name: series
-- doc: Figures over time, the oldest first, for charts: finished, errors, times in ms (within 2.5 %), per step.
-- param: hours float 1 How far back to look.
-- param: kind all|queue|function|agent|worker|caller all What it is of.
-- param: name text null Only of this queue, function (short name), agent, worker or caller.
-- param: steps int 60 About how many points; a step is a whole minute, hour or day at least.
-- period: now hours
-- page: overview
WITH step AS (
    SELECT to_seconds(greatest(
        ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit
    )::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
),
figures AS (
    SELECT
        time_bucket(length, starts_at) AS bucket,
        sum(tasks)::BIGINT AS finished,
        sum(failed + rejected)::BIGINT AS errors,
        100.0 * sum(failed + rejected) / nullif(sum(tasks - canceled), 0) AS error_rate,
        sum(queue_ms) / nullif(sum(started), 0) AS queue_mean
    FROM task_figures($kind, $pieces, $earliest, $loose), step
    WHERE $name::VARCHAR IS NULL OR name = $name
    GROUP BY bucket
),
merged AS (
    SELECT time_bucket(length, starts_at) AS bucket, measure, bin, sum(tasks)::BIGINT AS n
    FROM task_bins($kind, $pieces, $earliest, $loose), step
    WHERE $name::VARCHAR IS NULL OR name = $name
    GROUP BY bucket, measure, bin
),
ranked AS (
    SELECT
        bucket, measure, bin,
        sum(n) OVER (PARTITION BY bucket, measure ORDER BY bin)::DOUBLE AS upto,
        sum(n) OVER (PARTITION BY bucket, measure)::DOUBLE AS whole
    FROM merged
),
times AS (
    SELECT
        bucket, measure,
        bin_quantile(bin, upto, whole, 0.5::DOUBLE) AS p50,
        bin_quantile(bin, upto, whole, 0.95::DOUBLE) AS p95
    FROM ranked
    GROUP BY bucket, measure
)
SELECT
    bucket AS starts_at, finished, errors, error_rate,
    max(p50) FILTER (measure = 'response') AS response_p50,
    max(p95) FILTER (measure = 'response') AS response_p95,
    max(p95) FILTER (measure = 'queue') AS queue_p95,
    max(p95) FILTER (measure = 'run') AS run_p95,
    any_value(queue_mean) AS queue_mean
FROM figures
LEFT JOIN times USING (bucket)
GROUP BY bucket, finished, errors, error_rate
ORDER BY bucket
