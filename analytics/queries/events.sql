-- name: events
-- doc: What tasks told while they ran, the newest first.
-- param: id text null Only of this task.
-- param: kind started|progress|log|retry|returned null Only of this kind.
-- param: queue text null Only of this queue.
-- param: limit int 100 Rows at most.
FROM events
WHERE ($id::VARCHAR IS NULL OR id = $id)
    AND ($kind::VARCHAR IS NULL OR kind = $kind)
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
ORDER BY happened_at DESC, stream_seq DESC
LIMIT $limit
