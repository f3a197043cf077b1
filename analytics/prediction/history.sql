/* The newest tasks with an outcome of each function, $each of one and $most of all. Canceled ones say nothing of success.
   What lies in the future (a clock was wrong) is left out. usd is null as soon as one call of the task has no known
   price. */
WITH newest AS (
    SELECT *
    FROM tasks
    WHERE rowid IN (
        -- Of the narrowest columns, and against a plain number: DuckDB then keeps only so many rows of each.
        SELECT rowid
        FROM tasks
        WHERE state IN ('completed', 'failed', 'rejected')
            AND finished_at <= $now
            AND finished_at > $now - INTERVAL 180 DAYS
        QUALIFY row_number() OVER (PARTITION BY queue, function ORDER BY finished_at DESC) <= $each
    )
),
calls AS (
    SELECT task AS id, mode(model) AS model, CASE WHEN count(usd) = count(*) THEN sum(usd) END AS usd
    FROM model_calls
    WHERE task IN (SELECT id FROM newest)
    GROUP BY task
)
SELECT
    newest.queue || '.' || newest.function AS function,
    newest.state = 'completed' AS ok,
    newest.agent,
    calls.model,
    newest.input_bytes,
    epoch_ms(newest.submitted_at) / 1000 AS submitted,
    epoch_ms(coalesce(newest.started_at, newest.submitted_at)) / 1000 AS started,
    epoch_ms(newest.finished_at) / 1000 AS finished,
    newest.queue_ms,
    newest.run_ms,
    CASE WHEN calls.id IS NULL THEN 0 ELSE calls.usd END AS usd,
    newest.attempts,
    newest.error_type,
    newest.parent,
    newest.priority
FROM newest
LEFT JOIN calls ON calls.id = newest.id
ORDER BY newest.finished_at DESC, newest.id DESC
LIMIT $most
