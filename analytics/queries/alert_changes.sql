-- name: alert_changes
-- doc: Every change of one alert, the oldest first.
-- param: id text null The alert.
-- param: limit int 500 Rows at most.
SELECT
    id, kind, rule, severity, state, summary, since, updated_at, labels, value, threshold, resolved_at,
    acknowledged_by, silenced, stream_seq
FROM alerts
WHERE id = $id
ORDER BY stream_seq
LIMIT $limit
