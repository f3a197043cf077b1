-- name: slowest
-- doc: The tasks that ran longest.
-- param: hours float 24 How far back to look.
-- param: queue text null Only of this queue.
-- param: function text null Only of this function, by its short name.
-- param: limit int 20 Rows at most.
SELECT id, queue, function, state, run_ms, queue_ms, attempts, worker, finished_at
FROM tasks
WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND run_ms IS NOT NULL
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
    AND ($function::VARCHAR IS NULL OR function = $function)
ORDER BY run_ms DESC, id
LIMIT $limit
