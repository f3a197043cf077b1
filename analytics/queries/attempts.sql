-- name: attempts
-- doc: Each attempt of a task and how it ended.
-- param: id text null Its id.
FROM attempts
WHERE id = $id::VARCHAR
ORDER BY attempt, ended_at
