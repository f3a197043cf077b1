"""The rollups of requests to language models: calls, tokens, dollars, and how long answers took."""

from analytics.rollups.folding import Source
from analytics.store import Statement

COMBINATIONS = 500
"""Models with agent and function that a bucket keeps; the rarer ones are summed up as `(other)`."""

_COLUMNS = """
    provider, model, agent, function, local, outcome, input_tokens, output_tokens, usd, ms, called_at,
    CASE WHEN outcome = 'ok' THEN time_bin(ms) END AS bin
"""
_COUNT_ROWS = """
INSERT INTO temp.fresh_call_counts
SELECT
    span, starts_at, provider, model, agent, function, local, outcome, count(*), sum(input_tokens),
    sum(output_tokens), count(usd), coalesce(sum(usd), 0), sum(ms), max(called_at)
FROM temp.fold_rows
GROUP BY span, starts_at, provider, model, agent, function, local, outcome
"""
_TIME_ROWS = """
INSERT INTO temp.fresh_call_times
SELECT span, starts_at, provider, model, agent, function, local, bin, count(*)
FROM temp.fold_rows
WHERE bin IS NOT NULL
GROUP BY span, starts_at, provider, model, agent, function, local, bin
"""
_COUNT_FINER = """
INSERT INTO temp.fresh_call_counts
SELECT
    $span, date_trunc($span, c.starts_at) AS bucket, provider, model, agent, function, local, outcome,
    sum(calls), sum(input_tokens), sum(output_tokens), sum(priced), sum(usd), sum(ms), max(latest_at)
FROM call_counts AS c
WHERE c.span = $finer AND date_trunc($span, c.starts_at) IN (SELECT starts_at FROM temp.fold_stale)
GROUP BY bucket, provider, model, agent, function, local, outcome
"""
_TIME_FINER = """
INSERT INTO temp.fresh_call_times
SELECT
    $span, date_trunc($span, c.starts_at) AS bucket, provider, model, agent, function, local, bin, sum(calls)
FROM call_times AS c
WHERE c.span = $finer AND date_trunc($span, c.starts_at) IN (SELECT starts_at FROM temp.fold_stale)
GROUP BY bucket, provider, model, agent, function, local, bin
"""
_NAMES = """
CREATE OR REPLACE TEMP TABLE fold_names AS
SELECT span, starts_at, provider, model, agent, function
FROM temp.fresh_call_counts
GROUP BY span, starts_at, provider, model, agent, function
QUALIFY provider = '(other)' OR row_number() OVER (
    PARTITION BY span, starts_at
    ORDER BY provider = '(other)', sum(calls) DESC, provider, model, agent, function
) <= $most
"""
_OWN = """
    coalesce(n.provider, '(other)') AS own_provider, coalesce(n.model, '(other)') AS own_model,
    coalesce(n.agent, '(other)') AS own_agent, coalesce(n.function, '(other)') AS own_function
"""
_COUNTS = f"""
INSERT INTO call_counts
SELECT
    f.span, f.starts_at, {_OWN}, local, outcome, sum(calls), sum(input_tokens), sum(output_tokens),
    sum(priced), sum(usd), sum(ms), max(latest_at)
FROM temp.fresh_call_counts AS f
LEFT JOIN temp.fold_names AS n USING (span, starts_at, provider, model, agent, function)
GROUP BY ALL
"""  # noqa: S608 - nothing but our own columns
_TIMES = f"""
INSERT INTO call_times
SELECT f.span, f.starts_at, {_OWN}, local, bin, sum(calls)
FROM temp.fresh_call_times AS f
LEFT JOIN temp.fold_names AS n USING (span, starts_at, provider, model, agent, function)
GROUP BY ALL
"""  # noqa: S608 - nothing but our own columns

CALLS = Source(
    name="model_calls",
    time="called_at",
    tables=("call_counts", "call_times"),
    columns=_COLUMNS,
    from_rows=(Statement(_COUNT_ROWS), Statement(_TIME_ROWS)),
    from_finer=(_COUNT_FINER, _TIME_FINER),
    kept=(Statement(_NAMES, {"most": COMBINATIONS}), Statement(_COUNTS), Statement(_TIMES)),
)
