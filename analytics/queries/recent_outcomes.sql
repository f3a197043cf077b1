-- name: recent_outcomes
-- doc: How the last minutes went, in one row: what the alerts for error rate and response time are made from.
-- param: minutes float 1 How far back to look.

/* Notifications are left out: one that fails must not ring, and so cause the next one, for ever. dead_letters counts
   rows, which stay when letters are taken away: it only grows. */
SELECT
    count(*) FILTER (state != 'canceled') AS judged,
    100.0 * count(*) FILTER (state IN ('failed', 'rejected')) / nullif(judged, 0) AS error_rate,
    quantile_cont(total_ms, 0.5) FILTER (state = 'completed') AS response_ms,
    count(*) FILTER (state = 'completed') AS completed,
    (SELECT count(*) FROM dead_letters WHERE kind = 'failed' AND queue != 'notify') AS dead_letters
FROM tasks
WHERE finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT)
    AND finished_at < $now + INTERVAL 1 MINUTE
    AND queue != 'notify'
