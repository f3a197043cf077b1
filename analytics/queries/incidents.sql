-- name: incidents
-- doc: What went wrong with the file of analytics itself, and what was done about it, the newest first.
-- param: limit int 100 Rows at most.
FROM incidents
ORDER BY happened_at DESC
LIMIT $limit
