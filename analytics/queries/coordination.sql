-- name: coordination
-- doc: How long jobs of several engines were coordinated, apart from the work of the engines, in one row; in ms.
-- param: hours float 1 How far back to look.
-- page: overview

/* overhead is all of a job's time in which none of its child tasks was under way: choosing engines, waiting for a seat,
   pauses before a step is tried again, putting results together. A job tells it at its end, however it ends. */
SELECT
    count(*) AS jobs,
    quantile_cont(overhead, 0.5) AS overhead_p50,
    quantile_cont(overhead, 0.95) AS overhead_p95,
    max(overhead) AS overhead_max,
    quantile_cont(total, 0.5) AS total_p50,
    quantile_cont(total, 0.95) AS total_p95,
    max(happened_at) AS latest_at
FROM (
    SELECT (fields->>'overhead_ms')::DOUBLE AS overhead, (fields->>'total_ms')::DOUBLE AS total, happened_at
    FROM events
    WHERE kind = 'log' AND queue = 'coordinator' AND message = 'coordinated'
        AND happened_at >= window_start($now, $hours) AND happened_at < $now
)
