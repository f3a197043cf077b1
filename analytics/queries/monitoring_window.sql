-- name: monitoring_window
-- doc: The load of all hosts and how tasks did over a window and over the one before it, a row each.
-- param: hours float 1 Length of each of the two windows.
-- period: now hours
-- period: before hours before
-- period: now hours of system_metrics
-- period: before hours before of system_metrics
-- page: overview

/* cpu and memory are the mean of all measurements of all hosts, disk the largest; network_io is the bytes that passed
   between measurements. Times are within 2.5 %: response from submission to outcome, of what completed; queue and run
   of what began. error_rate is the percentage of failed and rejected tasks, canceled ones left out; throughput is
   finished tasks a minute. Null is what was not measured. */
WITH load AS (
    SELECT
        period,
        sum(cpu_sum) / sum(measured) AS cpu_usage,
        sum(memory_sum) / sum(measured) AS memory_usage,
        max(disk_max) AS disk_usage,
        CASE WHEN sum(covered) > 0 THEN round(sum(sent))::BIGINT END AS bytes_sent,
        CASE WHEN sum(covered) > 0 THEN round(sum(received))::BIGINT END AS bytes_received
    FROM host_figures($load_pieces, $load_earliest, $load_loose)
    GROUP BY period
),
figures AS (
    SELECT
        period, sum(tasks) AS tasks, sum(failed + rejected) AS failed,
        100.0 * sum(failed + rejected) / nullif(sum(tasks - canceled), 0) AS error_rate
    FROM task_figures('all', $pieces, $earliest, $loose)
    GROUP BY period
),
wanted AS (
    SELECT 'now' AS period, window_start($now, $hours) AS since, $now::TIMESTAMP AS until
    UNION ALL
    SELECT 'before', since - (until - since), since
    FROM (SELECT window_start($now, $hours) AS since, $now::TIMESTAMP AS until)
)
SELECT
    w.period,
    w.since,
    w.until,
    coalesce(f.tasks, 0)::BIGINT AS tasks,
    coalesce(f.failed, 0)::BIGINT AS failed,
    coalesce(f.tasks, 0) * 6e7 / epoch_us(w.until - w.since) AS throughput,
    f.error_rate,
    {'p50': t.response_p50, 'p95': t.response_p95, 'p99': t.response_p99} AS response_times,
    {'p50': t.queue_p50, 'p95': t.queue_p95, 'p99': t.queue_p99} AS queue_times,
    {'p50': t.run_p50, 'p95': t.run_p95, 'p99': t.run_p99} AS run_times,
    l.cpu_usage,
    l.memory_usage,
    l.disk_usage,
    {'bytes_sent': l.bytes_sent, 'bytes_received': l.bytes_received} AS network_io
FROM wanted AS w
LEFT JOIN figures AS f USING (period)
LEFT JOIN task_quantiles('all', $pieces, $earliest, $loose) AS t USING (period)
LEFT JOIN load AS l USING (period)
ORDER BY w.since DESC
