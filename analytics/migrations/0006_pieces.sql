-- Rollups are read by pieces: which buckets answer which part of a window is worked out before the SQL is planned
-- (analytics/store/pieces.py), so that a question is one join of a bounded table with a few ranges of time.

DROP MACRO TABLE task_quantiles;
DROP MACRO TABLE task_bins;
DROP MACRO TABLE task_figures;
DROP MACRO TABLE loose_tasks;
DROP MACRO TABLE tasks_by;
DROP MACRO TABLE rollup_stale;

-- Figures of windows, in parts to be summed up. pieces is a list of {period, span, since, until}; span is a rollup's, or
-- 'row' where the rows answer; `earliest` is the first moment of any piece, `loose` of any of span 'row'.
CREATE MACRO task_figures(by_kind, pieces, earliest, loose) AS TABLE
    WITH own AS (SELECT unnest(pieces, recursive := true))
    SELECT own.period, c.* EXCLUDE (span, kind)
    FROM task_counts AS c
    JOIN own ON c.span = own.span AND c.starts_at >= own.since AND c.starts_at < own.until
    WHERE c.kind = by_kind AND c.starts_at >= earliest
    UNION ALL BY NAME
    SELECT
        own.period,
        t.finished_at AS starts_at,
        CASE WHEN by_kind = 'function' THEN t.queue ELSE '' END AS queue,
        CASE by_kind
            WHEN 'all' THEN 'all' WHEN 'queue' THEN t.queue WHEN 'function' THEN t.function
            WHEN 'agent' THEN t.agent WHEN 'worker' THEN t.worker ELSE t.tenant
        END AS name,
        1 AS tasks, (state = 'completed')::BIGINT AS completed,
        (state = 'failed')::BIGINT AS failed, (state = 'rejected')::BIGINT AS rejected,
        (state = 'canceled')::BIGINT AS canceled, attempts::BIGINT AS attempts, (attempts > 1)::BIGINT AS retried,
        (run_ms IS NOT NULL)::BIGINT AS started, queue_ms, run_ms, total_ms,
        coalesce(model_calls, 0)::BIGINT AS model_calls, coalesce(input_tokens, 0) AS input_tokens,
        coalesce(output_tokens, 0) AS output_tokens, coalesce(usd, 0) AS usd,
        (coalesce(model_calls, 0) > 0 AND usd IS NULL)::BIGINT AS unpriced, finished_at AS latest_at
    FROM tasks AS t
    JOIN own ON own.span = 'row' AND t.finished_at >= own.since AND t.finished_at < own.until
    WHERE t.finished_at >= loose
        AND CASE by_kind WHEN 'agent' THEN t.agent WHEN 'worker' THEN t.worker WHEN 'caller' THEN t.tenant ELSE '' END
            IS NOT NULL;

-- How long the tasks of windows took, by bin, in parts to be summed up.
CREATE MACRO task_bins(by_kind, pieces, earliest, loose) AS TABLE
    WITH own AS (SELECT unnest(pieces, recursive := true))
    SELECT own.period, c.* EXCLUDE (span, kind)
    FROM task_times AS c
    JOIN own ON c.span = own.span AND c.starts_at >= own.since AND c.starts_at < own.until
    WHERE c.kind = by_kind AND c.starts_at >= earliest
    UNION ALL BY NAME
    SELECT period, starts_at, queue, name, measure, time_bin(ms) AS bin, 1 AS tasks
    FROM (
        SELECT
            own.period,
            t.finished_at AS starts_at,
            CASE WHEN by_kind = 'function' THEN t.queue ELSE '' END AS queue,
            CASE by_kind
                WHEN 'all' THEN 'all' WHEN 'queue' THEN t.queue WHEN 'function' THEN t.function
                WHEN 'agent' THEN t.agent WHEN 'worker' THEN t.worker ELSE t.tenant
            END AS name,
            unnest(['response', 'queue', 'run']) AS measure,
            unnest([CASE WHEN state = 'completed' THEN total_ms END, queue_ms, run_ms]) AS ms
        FROM tasks AS t
        JOIN own ON own.span = 'row' AND t.finished_at >= own.since AND t.finished_at < own.until
        WHERE t.finished_at >= loose
            AND CASE by_kind WHEN 'agent' THEN t.agent WHEN 'worker' THEN t.worker WHEN 'caller' THEN t.tenant ELSE '' END
                IS NOT NULL
    )
    WHERE ms IS NOT NULL;

-- Percentiles of windows in milliseconds, each at most 2.5 % off.
CREATE MACRO task_quantiles(by_kind, pieces, earliest, loose) AS TABLE
    WITH merged AS (
        SELECT period, queue, name, measure, bin, sum(tasks)::BIGINT AS n
        FROM task_bins(by_kind, pieces, earliest, loose)
        GROUP BY period, queue, name, measure, bin
    ),
    ranked AS (
        SELECT
            period, queue, name, measure, bin,
            sum(n) OVER (PARTITION BY period, queue, name, measure ORDER BY bin)::DOUBLE AS upto,
            sum(n) OVER (PARTITION BY period, queue, name, measure)::DOUBLE AS whole
        FROM merged
    ),
    each AS (
        SELECT
            period, queue, name, measure,
            bin_quantile(bin, upto, whole, 0.5::DOUBLE) AS p50,
            bin_quantile(bin, upto, whole, 0.95::DOUBLE) AS p95,
            bin_quantile(bin, upto, whole, 0.99::DOUBLE) AS p99
        FROM ranked
        GROUP BY period, queue, name, measure
    )
    SELECT
        period, queue, name,
        max(p50) FILTER (measure = 'response') AS response_p50,
        max(p95) FILTER (measure = 'response') AS response_p95,
        max(p99) FILTER (measure = 'response') AS response_p99,
        max(p50) FILTER (measure = 'queue') AS queue_p50,
        max(p95) FILTER (measure = 'queue') AS queue_p95,
        max(p99) FILTER (measure = 'queue') AS queue_p99,
        max(p50) FILTER (measure = 'run') AS run_p50,
        max(p95) FILTER (measure = 'run') AS run_p95,
        max(p99) FILTER (measure = 'run') AS run_p99
    FROM each
    GROUP BY period, queue, name;
