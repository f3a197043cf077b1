-- name: task
-- doc: One finished task.
-- param: id text null Its id.
FROM tasks
WHERE id = $id::VARCHAR
