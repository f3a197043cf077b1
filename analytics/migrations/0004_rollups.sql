-- Figures by minute, hour and day, so that a page reads a bounded table however many rows there are.
-- How they are kept true: docs/decisions/0028-rollups.md.

-- A minute of a source whose rollups may not agree with its rows; written in the transaction that writes the rows.
CREATE TABLE rollup_dirty (source VARCHAR NOT NULL, minute TIMESTAMP NOT NULL);

-- Minutes are kept from minutes_since on (a whole hour), hours from hours_since on (a whole day), days for ever.
-- Rows before rows_since (a whole day) are gone: what stands of them in the rollups stays as it is.
CREATE TABLE rollup_marks (
    source VARCHAR PRIMARY KEY,
    minutes_since TIMESTAMP NOT NULL,
    hours_since TIMESTAMP NOT NULL,
    rows_since TIMESTAMP NOT NULL
);
INSERT INTO rollup_marks
SELECT source, TIMESTAMP '1970-01-01', TIMESTAMP '1970-01-01', TIMESTAMP '0001-01-01'
FROM unnest(['tasks', 'model_calls', 'system_metrics']) AS known(source);

-- kind is what the figures are by: all, queue, function (then queue is told too), agent, worker or caller.
-- unpriced counts tasks that asked a model whose price nobody knows; usd is the sum of the others.
CREATE TABLE task_counts (
    span VARCHAR NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    tasks BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    canceled BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    retried BIGINT NOT NULL,
    started BIGINT NOT NULL,
    queue_ms DOUBLE,
    run_ms DOUBLE,
    total_ms DOUBLE NOT NULL,
    model_calls BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    usd DOUBLE NOT NULL,
    unpriced BIGINT NOT NULL,
    latest_at TIMESTAMP NOT NULL
);

-- How long tasks took: measure is response (submission to outcome, of completed tasks), queue or run.
CREATE TABLE task_times (
    span VARCHAR NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    bin SMALLINT NOT NULL,
    tasks BIGINT NOT NULL
);

INSERT INTO rollup_dirty SELECT DISTINCT 'tasks', date_trunc('minute', finished_at) FROM tasks;

-- The bin of a time, and the time that a bin stands for. Bin b holds what is above g^(b-1) and at most g^b
-- microseconds, g = (1 + 0.025) / (1 - 0.025); its middle 2 g^b / (g + 1) is off by at most 2.5 % of any of them.
-- Bin 0 holds what is no longer than a microsecond, and stands for 0.
CREATE MACRO time_bin(ms) AS
    CASE
        WHEN ms IS NULL THEN NULL
        WHEN ms <= 0.001 THEN 0
        ELSE least(ceil(ln(ms / 0.001) / ln(1.025 / 0.975)), 14400)
    END::SMALLINT;
CREATE MACRO bin_time(b) AS
    CASE WHEN b = 0 THEN 0 ELSE 0.001 * pow(1.025 / 0.975, b) * 2 / (1.025 / 0.975 + 1) END;

-- The q-quantile as quantile_cont gives it: between two neighbours in proportion. `upto` is how many values stand
-- in this bin and all below, `whole` how many there are; both are the same as in every row of the group.
CREATE MACRO bin_quantile(b, upto, whole, q) AS
    min(bin_time(b)) FILTER (upto > floor((whole - 1) * q))
    + (max((whole - 1) * q - floor((whole - 1) * q)))
    * (min(bin_time(b)) FILTER (upto > ceil((whole - 1) * q)) - min(bin_time(b)) FILTER (upto > floor((whole - 1) * q)));

-- The finest bucket that is kept of a moment, and its length.
CREATE MACRO kept_bucket(moment, minutes_since, hours_since) AS
    CASE
        WHEN moment >= minutes_since THEN date_trunc('minute', moment)
        WHEN moment >= hours_since THEN date_trunc('hour', moment)
        ELSE date_trunc('day', moment)
    END;
CREATE MACRO kept_span(moment, minutes_since, hours_since) AS
    CASE WHEN moment >= minutes_since THEN 'minute' WHEN moment >= hours_since THEN 'hour' ELSE 'day' END;

-- A window of `hours` that ends at `moment`. It begins on the microsecond where it is at most a day long, else on a
-- whole hour, and on a whole day where it is longer than a week and a day: bounded work, and true to the row.
CREATE MACRO window_start(moment, hours) AS
    CASE
        WHEN hours <= 24 THEN moment - to_microseconds((hours * 3.6e9)::BIGINT)
        WHEN hours <= 192 THEN date_trunc('hour', moment - to_microseconds((hours * 3.6e9)::BIGINT))
        ELSE date_trunc('day', moment - to_hours(hours::BIGINT))
    END;

-- Rollups are read by pieces: which buckets answer which part of a window is worked out before the SQL is planned
-- (analytics/store/pieces.py), so that a question is one join of a bounded table with a few ranges of time.

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

-- What a page says of each queue, function, agent, worker or caller.
CREATE MACRO task_report(by_kind, pieces, earliest, loose) AS TABLE
    WITH figures AS (
        SELECT
            queue, name,
            sum(tasks)::BIGINT AS tasks,
            sum(completed)::BIGINT AS completed,
            sum(failed)::BIGINT AS failed,
            sum(rejected)::BIGINT AS rejected,
            sum(canceled)::BIGINT AS canceled,
            100.0 * sum(completed) / nullif(sum(tasks) - sum(canceled), 0) AS success_rate,
            sum(retried)::BIGINT AS retried,
            sum(queue_ms) / nullif(sum(started), 0) AS queue_mean,
            sum(run_ms) / nullif(sum(started), 0) AS run_mean,
            CASE WHEN sum(unpriced) = 0 THEN sum(usd) END AS usd,
            max(latest_at) AS latest_at
        FROM task_figures(by_kind, pieces, earliest, loose)
        GROUP BY queue, name
    )
    SELECT
        f.queue, f.name, f.tasks, f.completed, f.failed, f.rejected, f.canceled, f.success_rate,
        q.run_p50, q.run_p95, q.queue_p95, f.latest_at, q.response_p50, q.response_p95, q.response_p99,
        q.queue_p50, f.queue_mean, f.run_mean, f.retried, f.usd
    FROM figures AS f
    LEFT JOIN task_quantiles(by_kind, pieces, earliest, loose) AS q USING (queue, name);
