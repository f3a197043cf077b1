-- name: workers
-- doc: Each worker: what it finished, how well and how fast; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
WITH figures AS (
    SELECT
        queue, name,
        sum(tasks)::BIGINT AS tasks,
        sum(completed)::BIGINT AS completed,
        sum(failed)::BIGINT AS failed,
        sum(rejected)::BIGINT AS rejected,
        sum(canceled)::BIGINT AS canceled,
        100.0 * sum(completed) / nullif(sum(tasks) - sum(canceled), 0) AS success_rate,
        sum(retried)::BIGINT AS retried,
        sum(queue_ms) / nullif(sum(started), 0) AS queue_mean,
        sum(run_ms) / nullif(sum(started), 0) AS run_mean,
        CASE WHEN sum(unpriced) = 0 THEN sum(usd) END AS usd,
        max(latest_at) AS latest_at
    FROM task_figures('worker', $pieces, $earliest, $loose)
    GROUP BY queue, name
)
SELECT
    f.name AS worker,
    f.tasks, f.completed, f.failed, f.rejected, f.canceled, f.success_rate,
    q.run_p50, q.run_p95, q.queue_p95, f.latest_at, q.response_p50, q.response_p95, q.response_p99,
    q.queue_p50, f.queue_mean, f.run_mean, f.retried, f.usd
FROM figures AS f
LEFT JOIN task_quantiles('worker', $pieces, $earliest, $loose) AS q USING (queue, name)
ORDER BY f.tasks DESC, f.queue, f.name
LIMIT 500
