-- name: failures
-- doc: Failures by cause, the most frequent first: the message with its ids, numbers, paths and quotes taken out.
-- param: hours float 24 How far back to look.
-- param: queue text null Only of this queue.
-- param: function text null Only of this function, by its short name.
-- param: limit int 50 Rows at most.
-- page: failures
SELECT
    error_type,
    trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        left(coalesce(error_message, ''), 500),
        '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}', '<id>', 'g'),
        '(''[^'']*''|"[^"]*")', '<text>', 'g'),
        '(https?://[^ ]+|(/[\w.@-]+){2,}/?)', '<path>', 'g'),
        '\b(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\b', '<id>', 'g'),
        '\d+([.,:]\d+)*', '<n>', 'g')) AS cause,
    count(*) AS tasks,
    min(finished_at) AS first_seen,
    max(finished_at) AS last_seen,
    list_slice(list_sort(list(DISTINCT queue || '.' || function)), 1, 10) AS functions,
    arg_max(id, finished_at) AS example,
    arg_max(error_message[:500], finished_at) AS example_message
FROM tasks
WHERE finished_at >= window_start($now, $hours) AND finished_at < $now
    AND error_type IS NOT NULL
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
    AND ($function::VARCHAR IS NULL OR function = $function)
GROUP BY error_type, cause
ORDER BY tasks DESC, last_seen DESC
LIMIT $limit
