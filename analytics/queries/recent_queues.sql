-- name: recent_queues
-- doc: Each queue over the last minutes: what its status is made from.
-- param: minutes float 5 How far back to look.
SELECT
    queue,
    count(*) AS finished,
    count(*) FILTER (state IN ('completed', 'failed')) AS judged,
    100.0 * count(*) FILTER (state = 'completed') / nullif(judged, 0) AS success_rate,
    quantile_cont(total_ms, 0.5) FILTER (state = 'completed') AS response_ms,
    quantile_cont(total_ms, 0.95) FILTER (state = 'completed') AS response_p95_ms,
    count(*) / greatest($minutes, 0.001) AS throughput,
    max(finished_at) AS latest_at
FROM tasks
WHERE finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT)
GROUP BY queue
ORDER BY queue
