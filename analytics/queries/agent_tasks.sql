-- name: agent_tasks
-- doc: Finished tasks of one agent, announced or registered, the newest first.
-- param: agent text null Its id; for an announced one its queue.
-- param: state completed|failed|canceled|rejected null Only in this state.
-- param: limit int 100 Rows at most.
SELECT
    id, queue || '.' || function AS function, state, priority, attempts, worker, submitted_at, started_at, finished_at,
    queue_ms, run_ms, total_ms, error_type, error_message
FROM tasks
WHERE (agent = $agent OR queue = $agent)
    AND ($state::VARCHAR IS NULL OR state = $state)
ORDER BY finished_at DESC, id DESC
LIMIT $limit
