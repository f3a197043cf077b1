-- name: queues
-- doc: Each queue: how much it finished, how well and how fast.
-- param: hours float 24 How far back to look.
SELECT
    queue,
    count(*) AS tasks,
    count(*) FILTER (state = 'completed') AS completed,
    count(*) FILTER (state = 'failed') AS failed,
    count(*) FILTER (state = 'rejected') AS rejected,
    count(*) FILTER (state = 'canceled') AS canceled,
    100.0 * count(*) FILTER (state = 'completed') / nullif(count(*) FILTER (state != 'canceled'), 0) AS success_rate,
    quantile_cont(run_ms, 0.5) AS run_p50,
    quantile_cont(run_ms, 0.95) AS run_p95,
    quantile_cont(queue_ms, 0.95) AS queue_p95,
    max(finished_at) AS latest_at
FROM tasks
WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
GROUP BY queue
ORDER BY tasks DESC, queue
