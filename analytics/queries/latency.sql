-- name: latency
-- doc: How long tasks waited and ran (the last attempt), in milliseconds, by function; waits of those not retried.
-- param: hours float 1 How far back to look.
-- param: queue text null Only of this queue.
-- param: function text null Only of this function, by its short name.
SELECT
    queue,
    function,
    count(*) AS tasks,
    quantile_cont(queue_ms, 0.5) FILTER (attempts <= 1) AS queue_p50,
    quantile_cont(queue_ms, 0.95) FILTER (attempts <= 1) AS queue_p95,
    quantile_cont(queue_ms, 0.99) FILTER (attempts <= 1) AS queue_p99,
    quantile_cont(run_ms, 0.5) AS run_p50,
    quantile_cont(run_ms, 0.95) AS run_p95,
    quantile_cont(run_ms, 0.99) AS run_p99
FROM tasks
WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND started_at IS NOT NULL
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
    AND ($function::VARCHAR IS NULL OR function = $function)
GROUP BY queue, function
ORDER BY run_p95 DESC
