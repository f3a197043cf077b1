-- Figures of model calls and of hosts by minute, hour and day, kept as those of tasks are (0004, decision 0028).

-- Requests to language models. priced counts those whose price is known; usd is their sum.
CREATE TABLE call_counts (
    span VARCHAR NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    local BOOLEAN NOT NULL,
    outcome VARCHAR NOT NULL,
    calls BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    priced BIGINT NOT NULL,
    usd DOUBLE NOT NULL,
    ms DOUBLE NOT NULL,
    latest_at TIMESTAMP NOT NULL
);

-- How long the answered ones took, by bin.
CREATE TABLE call_times (
    span VARCHAR NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    local BOOLEAN NOT NULL,
    bin SMALLINT NOT NULL,
    calls BIGINT NOT NULL
);

-- Load of hosts in percent. sent and received are the bytes between measurements of this bucket, covered the seconds
-- between them; the counters of its first and last measurement tell what passed between it and its neighbours.
CREATE TABLE host_loads (
    span VARCHAR NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    host VARCHAR NOT NULL,
    measured BIGINT NOT NULL,
    cpu_sum DOUBLE NOT NULL,
    cpu_max DOUBLE NOT NULL,
    memory_sum DOUBLE NOT NULL,
    memory_max DOUBLE NOT NULL,
    disk_sum DOUBLE NOT NULL,
    disk_max DOUBLE NOT NULL,
    sent DOUBLE NOT NULL,
    received DOUBLE NOT NULL,
    covered DOUBLE NOT NULL,
    first_at TIMESTAMP NOT NULL,
    first_sent DOUBLE NOT NULL,
    first_received DOUBLE NOT NULL,
    last_at TIMESTAMP NOT NULL,
    last_sent DOUBLE NOT NULL,
    last_received DOUBLE NOT NULL
);

-- Spans are kept for as long of all sources.
UPDATE rollup_marks
SET minutes_since = own.minutes_since, hours_since = own.hours_since
FROM (SELECT minutes_since, hours_since FROM rollup_marks WHERE source = 'tasks') AS own;
INSERT INTO rollup_dirty SELECT DISTINCT 'model_calls', date_trunc('minute', called_at) FROM model_calls;
INSERT INTO rollup_dirty SELECT DISTINCT 'system_metrics', date_trunc('minute', measured_at) FROM system_metrics;

-- What a counter of a machine grew by: one that is lower than before began anew at 0.
CREATE MACRO grown(counter, before) AS CASE WHEN counter >= before THEN counter - before ELSE counter END;

-- Two measurements further apart than a minute do not tell what passed between them: it may have been another boot.
CREATE MACRO neighbours(moment, before) AS coalesce(moment - before <= INTERVAL 1 MINUTE, false);

-- Figures of model calls in parts to be summed up, by pieces as task_figures has them. `whole` leaves the rollups out:
-- the rows then answer the whole window, and tell the task, which no rollup knows.
CREATE MACRO call_figures(pieces, earliest, loose, whole) AS TABLE
    WITH own AS (SELECT unnest(pieces, recursive := true))
    SELECT own.period, NULL::VARCHAR AS task, c.* EXCLUDE (span)
    FROM call_counts AS c
    JOIN own ON c.span = own.span AND c.starts_at >= own.since AND c.starts_at < own.until
    WHERE c.starts_at >= earliest AND NOT whole
    UNION ALL BY NAME
    SELECT
        own.period, c.task, c.called_at AS starts_at, c.provider, c.model, c.agent, c.function, c.local, c.outcome,
        1 AS calls, c.input_tokens, c.output_tokens, (c.usd IS NOT NULL)::BIGINT AS priced, coalesce(c.usd, 0) AS usd,
        c.ms, c.called_at AS latest_at
    FROM model_calls AS c
    JOIN own ON c.called_at >= own.since AND c.called_at < own.until
    WHERE (own.span = 'row' OR whole) AND c.called_at >= CASE WHEN whole THEN earliest ELSE loose END;

-- How long answered calls took, by bin, in parts to be summed up.
CREATE MACRO call_bins(pieces, earliest, loose, whole) AS TABLE
    WITH own AS (SELECT unnest(pieces, recursive := true))
    SELECT own.period, NULL::VARCHAR AS task, c.* EXCLUDE (span)
    FROM call_times AS c
    JOIN own ON c.span = own.span AND c.starts_at >= own.since AND c.starts_at < own.until
    WHERE c.starts_at >= earliest AND NOT whole
    UNION ALL BY NAME
    SELECT
        own.period, c.task, c.called_at AS starts_at, c.provider, c.model, c.agent, c.function, c.local,
        time_bin(c.ms) AS bin, 1 AS calls
    FROM model_calls AS c
    JOIN own ON c.called_at >= own.since AND c.called_at < own.until
    WHERE (own.span = 'row' OR whole) AND c.called_at >= CASE WHEN whole THEN earliest ELSE loose END
        AND c.outcome = 'ok';

-- Figures of hosts in parts to be summed up. What passed between a part and the one before it is in the later one.
CREATE MACRO host_figures(pieces, earliest, loose) AS TABLE
    WITH own AS (SELECT unnest(pieces, recursive := true)),
    parts AS (
        SELECT own.period, 0::UBIGINT AS place, c.* EXCLUDE (span)
        FROM host_loads AS c
        JOIN own ON c.span = own.span AND c.starts_at >= own.since AND c.starts_at < own.until
        WHERE c.starts_at >= earliest
        UNION ALL BY NAME
        SELECT
            own.period, m.stream_seq AS place, m.measured_at AS starts_at, m.host, 1 AS measured,
            m.cpu_usage AS cpu_sum, m.cpu_usage AS cpu_max, m.memory_usage AS memory_sum, m.memory_usage AS memory_max,
            m.disk_usage AS disk_sum, m.disk_usage AS disk_max, 0 AS sent, 0 AS received, 0 AS covered,
            m.measured_at AS first_at, m.bytes_sent AS first_sent, m.bytes_received AS first_received,
            m.measured_at AS last_at, m.bytes_sent AS last_sent, m.bytes_received AS last_received
        FROM system_metrics AS m
        JOIN own ON own.span = 'row' AND m.measured_at >= own.since AND m.measured_at < own.until
        WHERE m.measured_at >= loose
    )
    SELECT
        * EXCLUDE (before_at, before_sent, before_received, place)
        REPLACE (
            sent + CASE WHEN neighbours(first_at, before_at) THEN grown(first_sent, before_sent) ELSE 0 END AS sent,
            received + CASE WHEN neighbours(first_at, before_at) THEN grown(first_received, before_received) ELSE 0 END
                AS received,
            covered
                + CASE WHEN neighbours(first_at, before_at) THEN epoch_us(first_at - before_at) / 1e6 ELSE 0 END
                AS covered
        )
    FROM (
        SELECT
            *,
            lag(last_at) OVER sides AS before_at,
            lag(last_sent) OVER sides AS before_sent,
            lag(last_received) OVER sides AS before_received
        FROM parts
        WINDOW sides AS (PARTITION BY period, host ORDER BY first_at, place)
    );
