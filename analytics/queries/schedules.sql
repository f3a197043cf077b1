-- name: schedules
-- doc: What came of recurring tasks: how many runs went well, when the calendar fired last, the last runs.
-- param: names text null Only of these, with commas between them.
-- param: hours float 168 How far back to look.
-- param: runs int 20 Last runs of each, at most.
WITH runs AS (
    SELECT
        id, schedule, state, submitted_at, finished_at, run_ms, error_type,
        row_number() OVER (PARTITION BY schedule ORDER BY submitted_at DESC, id DESC) AS place
    FROM tasks
    WHERE schedule IS NOT NULL
        AND submitted_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
        AND ($names::VARCHAR IS NULL OR list_contains(string_split($names, ','), schedule))
)
SELECT
    schedule,
    count(*) AS runs,
    100.0 * count(*) FILTER (state = 'completed') / nullif(count(*) FILTER (state != 'canceled'), 0) AS success_rate,
    -- What somebody ran by hand has an id of its own; the calendar's runs are named by their place in the stream.
    max(submitted_at) FILTER (regexp_full_match(id, 'q[0-9a-f]+-[0-9]+')) AS fired_at,
    list(
        {
            'id': id, 'state': state, 'at': strftime(submitted_at, '%Y-%m-%dT%H:%M:%S.%fZ'),
            'run_ms': run_ms, 'error_type': error_type
        }
        ORDER BY place
    ) FILTER (place <= $runs) AS last_runs
FROM runs
GROUP BY schedule
ORDER BY schedule
