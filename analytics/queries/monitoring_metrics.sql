-- name: monitoring_metrics
-- doc: The load of all hosts and how tasks do, in one row; null where nothing was measured.
-- param: minutes float 5 How far back throughput looks.

/* Hosts that said nothing for 30 seconds do not count. A response time is that from submission to outcome, of what
   completed within the last hour. An error rate is the percentage of failed and rejected tasks; canceled ones do not
   count. Throughput is finished tasks a minute. */
WITH hosts AS (
    SELECT
        arg_max(cpu_usage, measured_at) AS cpu_usage,
        arg_max(memory_usage, measured_at) AS memory_usage,
        arg_max(disk_usage, measured_at) AS disk_usage,
        arg_max(bytes_sent, measured_at) AS bytes_sent,
        arg_max(bytes_received, measured_at) AS bytes_received
    FROM system_metrics
    WHERE measured_at > $now - INTERVAL 30 SECONDS
    GROUP BY host
),
load AS (
    SELECT
        avg(cpu_usage) AS cpu_usage,
        avg(memory_usage) AS memory_usage,
        max(disk_usage) AS disk_usage,
        sum(bytes_sent)::BIGINT AS bytes_sent,
        sum(bytes_received)::BIGINT AS bytes_received
    FROM hosts
),
recent AS (
    SELECT
        quantile_cont(total_ms, [0.5, 0.95, 0.99])
            FILTER (state = 'completed' AND finished_at > $now - INTERVAL 1 HOUR) AS response,
        count(*) FILTER (finished_at > $now - to_microseconds(($minutes * 6e7)::BIGINT))
            / greatest($minutes, 0.001) AS throughput
    FROM tasks
    WHERE finished_at > $now - greatest(INTERVAL 1 HOUR, to_microseconds(($minutes * 6e7)::BIGINT))
),
outcomes AS (
    SELECT finished_at, state IN ('failed', 'rejected') AS failed
    FROM tasks
    WHERE finished_at > $now - INTERVAL 7 DAYS AND state != 'canceled'
),
rates AS (
    SELECT
        100.0 * avg(failed::INTEGER) FILTER (finished_at > $now - INTERVAL 1 HOUR) AS last_hour,
        100.0 * avg(failed::INTEGER) FILTER (finished_at > $now - INTERVAL 6 HOURS) AS last_six,
        100.0 * avg(failed::INTEGER) FILTER (finished_at > $now - INTERVAL 24 HOURS) AS last_day,
        100.0 * avg(failed::INTEGER) AS last_week
    FROM outcomes
)
SELECT
    load.cpu_usage,
    load.memory_usage,
    load.disk_usage,
    {'bytes_sent': load.bytes_sent, 'bytes_received': load.bytes_received} AS network_io,
    {'p50': recent.response[1], 'p95': recent.response[2], 'p99': recent.response[3]} AS response_times,
    {'1h': rates.last_hour, '6h': rates.last_six, '24h': rates.last_day, '7d': rates.last_week} AS error_rates,
    recent.throughput,
    $now::TIMESTAMP AS timestamp
FROM load, recent, rates
