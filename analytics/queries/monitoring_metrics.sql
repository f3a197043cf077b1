-- name: monitoring_metrics
-- doc: The load of all hosts and how tasks do, in one row; null where nothing was measured.
-- param: minutes float 5 How far back throughput looks.
-- period: recent minutes
-- period: 1h 1
-- period: 6h 6
-- period: 24h 24
-- period: 7d 168
-- page: overview

/* Hosts that said nothing for 30 seconds do not count; bytes are those since they started. A response time is that from
   submission to outcome, of what completed within the last hour, within 2.5 %; queue and run times are of what began.
   An error rate is the percentage of failed and rejected tasks; canceled ones do not count; that of 7 days begins on a
   whole hour. Throughput is finished tasks a minute. */
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
figures AS (
    SELECT
        period, sum(tasks) AS tasks,
        100.0 * sum(failed + rejected) / nullif(sum(tasks - canceled), 0) AS error_rate
    FROM task_figures('all', $pieces, $earliest, $loose)
    GROUP BY period
),
rates AS (
    SELECT
        max(error_rate) FILTER (period = '1h') AS last_hour,
        max(error_rate) FILTER (period = '6h') AS last_six,
        max(error_rate) FILTER (period = '24h') AS last_day,
        max(error_rate) FILTER (period = '7d') AS last_week,
        coalesce(max(tasks) FILTER (period = '1h'), 0)::BIGINT AS tasks,
        coalesce(max(tasks) FILTER (period = 'recent'), 0) / greatest($minutes, 0.001) AS throughput
    FROM figures
),
times AS (
    SELECT any_value(t)
    FROM task_quantiles('all', list_filter($pieces, lambda own: own.period = '1h'), $earliest, $loose) AS t
)
SELECT
    load.cpu_usage,
    load.memory_usage,
    load.disk_usage,
    {'bytes_sent': load.bytes_sent, 'bytes_received': load.bytes_received} AS network_io,
    {'p50': t.response_p50, 'p95': t.response_p95, 'p99': t.response_p99} AS response_times,
    {'p50': t.queue_p50, 'p95': t.queue_p95, 'p99': t.queue_p99} AS queue_times,
    {'p50': t.run_p50, 'p95': t.run_p95, 'p99': t.run_p99} AS run_times,
    {'1h': rates.last_hour, '6h': rates.last_six, '24h': rates.last_day, '7d': rates.last_week} AS error_rates,
    rates.last_hour AS error_rate,
    rates.throughput,
    rates.tasks,
    $now::TIMESTAMP AS timestamp
FROM load, rates, times AS own(t)
