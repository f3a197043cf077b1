"""The rollups of hosts: mean and largest load, and the bytes of the network.

A machine counts bytes from its start, so a bucket keeps what its counters grew by from one measurement to the
next, and the counters of its ends, by which neighbouring buckets are joined.
"""

from analytics.rollups.folding import Source
from analytics.store import Statement

HOSTS = 500
"""Hosts that a bucket keeps, those measured most often; of the others nothing is kept."""

_COLUMNS = """
    host, measured_at, stream_seq, cpu_usage, memory_usage, disk_usage, bytes_sent::DOUBLE AS bytes_sent,
    bytes_received::DOUBLE AS bytes_received
"""
_ROWS = """
INSERT INTO temp.fresh_host_loads
SELECT
    span, starts_at, host, count(*), sum(cpu_usage), max(cpu_usage), sum(memory_usage), max(memory_usage),
    sum(disk_usage), max(disk_usage),
    coalesce(sum(grown(bytes_sent, before_sent)) FILTER (neighbours(measured_at, before_at)), 0),
    coalesce(sum(grown(bytes_received, before_received)) FILTER (neighbours(measured_at, before_at)), 0),
    coalesce(sum(epoch_us(measured_at - before_at) / 1e6) FILTER (neighbours(measured_at, before_at)), 0),
    min(measured_at), first(bytes_sent ORDER BY measured_at, stream_seq),
    first(bytes_received ORDER BY measured_at, stream_seq),
    max(measured_at), last(bytes_sent ORDER BY measured_at, stream_seq),
    last(bytes_received ORDER BY measured_at, stream_seq)
FROM (
    SELECT
        *,
        lag(measured_at) OVER sides AS before_at,
        lag(bytes_sent) OVER sides AS before_sent,
        lag(bytes_received) OVER sides AS before_received
    FROM temp.fold_rows
    WINDOW sides AS (PARTITION BY span, starts_at, host ORDER BY measured_at, stream_seq)
)
GROUP BY span, starts_at, host
"""
_FINER = """
INSERT INTO temp.fresh_host_loads
SELECT
    $span, bucket, host, sum(measured), sum(cpu_sum), max(cpu_max), sum(memory_sum), max(memory_max),
    sum(disk_sum), max(disk_max),
    sum(sent) + coalesce(sum(grown(first_sent, before_sent)) FILTER (neighbours(first_at, before_at)), 0),
    sum(received)
    + coalesce(sum(grown(first_received, before_received)) FILTER (neighbours(first_at, before_at)), 0),
    sum(covered)
    + coalesce(sum(epoch_us(first_at - before_at) / 1e6) FILTER (neighbours(first_at, before_at)), 0),
    min(first_at), first(first_sent ORDER BY starts_at), first(first_received ORDER BY starts_at),
    max(last_at), last(last_sent ORDER BY starts_at), last(last_received ORDER BY starts_at)
FROM (
    SELECT
        *,
        date_trunc($span, starts_at) AS bucket,
        lag(last_at) OVER sides AS before_at,
        lag(last_sent) OVER sides AS before_sent,
        lag(last_received) OVER sides AS before_received
    FROM host_loads
    WHERE span = $finer AND date_trunc($span, starts_at) IN (SELECT starts_at FROM temp.fold_stale)
    WINDOW sides AS (PARTITION BY date_trunc($span, starts_at), host ORDER BY starts_at)
)
GROUP BY bucket, host
"""
_KEPT = """
INSERT INTO host_loads
SELECT *
FROM temp.fresh_host_loads
QUALIFY row_number() OVER (PARTITION BY span, starts_at ORDER BY measured DESC, host) <= $most
"""

LOADS = Source(
    name="system_metrics",
    time="measured_at",
    tables=("host_loads",),
    columns=_COLUMNS,
    from_rows=(Statement(_ROWS),),
    from_finer=(_FINER,),
    kept=(Statement(_KEPT, {"most": HOSTS}),),
)
