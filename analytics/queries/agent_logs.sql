-- name: agent_logs
-- doc: What the tasks of one agent, announced or registered, wrote about their work, the newest first.
-- param: agent text null Its id; for an announced one its queue.
-- param: level debug|info|warning|error null At least this level.
-- param: since time null Not before this time.
-- param: before sequence null Only before this `stream_seq` of an earlier answer.
-- param: limit int 100 Rows at most.
SELECT id, queue || '.' || function AS function, level, message, happened_at AS at, attempt, fields, agent, stream_seq
FROM events
WHERE kind = 'log'
    AND ($agent::VARCHAR IS NULL OR agent = $agent OR queue = $agent)
    AND (
        $level::VARCHAR IS NULL
        OR list_position(['debug', 'info', 'warning', 'error'], level)
            >= list_position(['debug', 'info', 'warning', 'error'], $level)
    )
    AND ($since::TIMESTAMP IS NULL OR happened_at >= $since)
    AND ($before::UBIGINT IS NULL OR stream_seq < $before)
ORDER BY stream_seq DESC
LIMIT $limit
