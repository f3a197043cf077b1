-- name: windows
-- doc: How the last hour, 6 hours, day and week went, a row each; times in ms, within 2.5 %; throughput a minute.
-- period: 1h 1
-- period: 6h 6
-- period: 24h 24
-- period: 7d 168
-- page: overview

/* Response time is from submission to outcome, of what completed. Failed and rejected tasks are errors; canceled ones
   do not count. */
WITH figures AS (
    SELECT
        period, sum(tasks) AS tasks, sum(failed) AS failed, sum(rejected) AS rejected, sum(canceled) AS canceled
    FROM task_figures('all', $pieces, $earliest, $loose)
    GROUP BY period
)
SELECT
    w.label AS window,
    window_start($now, w.hours) AS since,
    coalesce(f.tasks, 0)::BIGINT AS tasks,
    coalesce(f.tasks, 0) * 60 / date_diff('second', window_start($now, w.hours), $now) AS throughput,
    100.0 * (f.failed + f.rejected) / nullif(f.tasks - f.canceled, 0) AS error_rate,
    t.response_p50,
    t.response_p95,
    t.response_p99,
    t.queue_p50,
    t.queue_p95,
    t.run_p50,
    t.run_p95
FROM (VALUES ('1h', 1), ('6h', 6), ('24h', 24), ('7d', 168)) AS w(label, hours)
LEFT JOIN figures AS f ON f.period = w.label
LEFT JOIN task_quantiles('all', $pieces, $earliest, $loose) AS t ON t.period = w.label
ORDER BY w.hours
