-- How deep each queue is now, as it was last told, and how fast it moves: outcomes of the last ten minutes.
WITH told AS (
    SELECT host AS queue, arg_max(data, measured_at) AS data
    FROM metrics
    WHERE kind IN ('engine_status', 'agent_status')
        AND measured_at > $now - INTERVAL 30 SECONDS
        AND measured_at <= $now + INTERVAL 30 SECONDS
    GROUP BY host
),
moved AS (
    SELECT queue, count(*) AS done
    FROM tasks
    WHERE finished_at > $now - INTERVAL 10 MINUTES AND finished_at <= $now AND started_at IS NOT NULL
    GROUP BY queue
)
SELECT
    told.queue,
    (data->>'queued')::BIGINT AS queued,
    (data->>'running')::BIGINT AS running,
    (data->>'workers')::BIGINT AS workers,
    data->>'status' AS status,
    coalesce(done, 0) / 600.0 AS per_second
FROM told
LEFT JOIN moved USING (queue)
