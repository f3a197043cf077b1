-- name: metrics
-- doc: Measurements of any other kind, as they came, the newest first.
-- param: kind text null Only of this kind, for example engine_status.
-- param: host text null Only of this host, queue or whatever else the measurement is of.
-- param: hours float 1 How far back to look.
-- param: limit int 100 Rows at most.
SELECT host, kind, measured_at, data
FROM metrics
WHERE measured_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND ($kind::VARCHAR IS NULL OR kind = $kind)
    AND ($host::VARCHAR IS NULL OR host = $host)
ORDER BY measured_at DESC, stream_seq DESC
LIMIT $limit
