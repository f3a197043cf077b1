-- name: errors
-- doc: Errors by their type, the most frequent first, with the latest message.
-- param: hours float 24 How far back to look.
-- param: queue text null Only of this queue.
-- param: limit int 50 Rows at most.
SELECT
    error_type,
    queue,
    function,
    count(*) AS tasks,
    arg_max(error_message, finished_at) AS latest_message,
    arg_max(id, finished_at) AS latest_id,
    max(finished_at) AS latest_at
FROM tasks
WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND error_type IS NOT NULL
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
GROUP BY error_type, queue, function
ORDER BY tasks DESC, latest_at DESC
LIMIT $limit
