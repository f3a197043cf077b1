-- name: throughput
-- doc: Finished tasks for each span of time, the oldest first.
-- param: hours float 1 How far back to look.
-- param: seconds int 60 Length of a span.
-- param: queue text null Only of this queue.
SELECT
    time_bucket(to_seconds(greatest($seconds, 1)), finished_at) AS span,
    count(*) AS finished,
    count(*) FILTER (state = 'completed') AS completed,
    count(*) FILTER (state IN ('failed', 'rejected')) AS failed,
    count(*) * 60.0 / greatest($seconds, 1) AS per_minute
FROM tasks
WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
GROUP BY span
ORDER BY span
