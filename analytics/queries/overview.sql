-- name: overview
-- doc: How the last minutes and the last hour went, in one row.
-- param: minutes float 5 How far back throughput and response times look.
SELECT
    count(*) FILTER (finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT))
        / greatest($minutes, 0.001) AS throughput,
    quantile_cont(total_ms, 0.5)
        FILTER (state = 'completed' AND finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT)) AS response_p50,
    quantile_cont(total_ms, 0.95)
        FILTER (state = 'completed' AND finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT)) AS response_p95,
    count(*) FILTER (state != 'canceled') AS hour_finished,
    count(*) FILTER (state IN ('failed', 'rejected')) AS hour_failed,
    100.0 * hour_failed / nullif(hour_finished, 0) AS error_rate
FROM tasks
WHERE finished_at > $now - greatest(INTERVAL 1 HOUR, to_microseconds(($minutes * 6e7)::BIGINT))
