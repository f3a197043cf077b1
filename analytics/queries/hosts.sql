-- name: hosts
-- doc: The load of hosts over time, the newest first.
-- param: host text null Only of this host.
-- param: hours float 1 How far back to look.
-- param: limit int 500 Rows at most.
SELECT
    host, measured_at, cpu_usage, memory_usage, disk_usage, bytes_sent, bytes_received, load, processes
FROM system_metrics
WHERE measured_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND ($host::VARCHAR IS NULL OR host = $host)
ORDER BY measured_at DESC, host
LIMIT $limit
