-- name: windows
-- doc: How the last hour, 6 hours, day and week went, a row each; times in ms, within 2.5 %; throughput a minute.
-- page: overview

/* Response time is from submission to outcome, of what completed. Failed and rejected tasks are errors; canceled ones
   do not count. */
WITH figures AS (
    SELECT 1 AS hours, * FROM task_figures('all', window_start($now, 1), $now)
    UNION ALL SELECT 6, * FROM task_figures('all', window_start($now, 6), $now)
    UNION ALL SELECT 24, * FROM task_figures('all', window_start($now, 24), $now)
    UNION ALL SELECT 168, * FROM task_figures('all', window_start($now, 168), $now)
),
times AS (
    SELECT 1 AS hours, * FROM task_quantiles('all', window_start($now, 1), $now)
    UNION ALL SELECT 6, * FROM task_quantiles('all', window_start($now, 6), $now)
    UNION ALL SELECT 24, * FROM task_quantiles('all', window_start($now, 24), $now)
    UNION ALL SELECT 168, * FROM task_quantiles('all', window_start($now, 168), $now)
)
SELECT
    w.label AS window,
    window_start($now, w.hours) AS since,
    coalesce(sum(f.tasks), 0)::BIGINT AS tasks,
    coalesce(sum(f.tasks), 0) * 60 / date_diff('second', window_start($now, w.hours), $now) AS throughput,
    100.0 * (sum(f.failed) + sum(f.rejected)) / nullif(sum(f.tasks) - sum(f.canceled), 0) AS error_rate,
    any_value(t.response_p50) AS response_p50,
    any_value(t.response_p95) AS response_p95,
    any_value(t.response_p99) AS response_p99,
    any_value(t.queue_p50) AS queue_p50,
    any_value(t.queue_p95) AS queue_p95,
    any_value(t.run_p50) AS run_p50,
    any_value(t.run_p95) AS run_p95
FROM (VALUES ('1h', 1), ('6h', 6), ('24h', 24), ('7d', 168)) AS w(label, hours)
LEFT JOIN figures AS f USING (hours)
LEFT JOIN times AS t USING (hours)
GROUP BY w.label, w.hours
ORDER BY w.hours
