-- name: quarantine
-- doc: Messages that could not be read, the newest first, with the reason.
-- param: limit int 100 Rows at most.
FROM quarantine
ORDER BY stored_at DESC
LIMIT $limit
