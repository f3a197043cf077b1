-- name: models
-- doc: Language models by agent and function: calls, tokens, dollars (null: a price is not known), share served locally.
-- param: hours float 24 How far back to look.
-- param: agent text null Only of this agent, or of a queue where tasks were given to no agent.
-- param: function text null Only of this function, by its full name.
-- param: task text null Only of this task and of all that it started.
-- period: now hours of model_calls

/* local_percent is of all answered calls in the time asked for, so it is the same in every row. usd is null as soon as
   one call of the row has no known price; usd_known adds up the others. Times are within 2.5 %. No rollup knows a task:
   for one the calls themselves are read. */
WITH RECURSIVE family AS (
    SELECT $task::VARCHAR AS id WHERE $task::VARCHAR IS NOT NULL
    UNION
    SELECT tasks.id FROM tasks JOIN family ON tasks.parent = family.id
    -- Without this all tasks were looked through for a task that nobody asked for.
    WHERE $task::VARCHAR IS NOT NULL
),
figures AS (
    SELECT *
    FROM call_figures($call_pieces, $call_earliest, $call_loose, $task::VARCHAR IS NOT NULL)
    WHERE ($agent::VARCHAR IS NULL OR agent = $agent)
        AND ($function::VARCHAR IS NULL OR function = $function)
        AND ($task::VARCHAR IS NULL OR task IN (SELECT id FROM family))
),
merged AS (
    SELECT provider, model, agent, function, local, bin, sum(calls)::BIGINT AS n
    FROM call_bins($call_pieces, $call_earliest, $call_loose, $task::VARCHAR IS NOT NULL)
    WHERE ($agent::VARCHAR IS NULL OR agent = $agent)
        AND ($function::VARCHAR IS NULL OR function = $function)
        AND ($task::VARCHAR IS NULL OR task IN (SELECT id FROM family))
    GROUP BY provider, model, agent, function, local, bin
),
ranked AS (
    SELECT *, sum(n) OVER (own ORDER BY bin)::DOUBLE AS upto, sum(n) OVER own::DOUBLE AS whole
    FROM merged
    WINDOW own AS (PARTITION BY provider, model, agent, function, local)
),
times AS (
    SELECT
        provider, model, agent, function, local,
        bin_quantile(bin, upto, whole, 0.5::DOUBLE) AS ms_p50,
        bin_quantile(bin, upto, whole, 0.95::DOUBLE) AS ms_p95
    FROM ranked
    GROUP BY provider, model, agent, function, local
),
outcomes AS (
    SELECT
        provider, model, agent, function, local, outcome,
        sum(calls) AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
        sum(priced) AS priced, sum(usd) AS usd, max(latest_at) AS latest_at
    FROM figures
    GROUP BY provider, model, agent, function, local, outcome
)
SELECT
    provider,
    model,
    agent,
    function,
    local,
    sum(calls)::BIGINT AS calls,
    coalesce(sum(calls) FILTER (outcome != 'ok'), 0)::BIGINT AS failed,
    arg_max(outcome, (calls, outcome)) FILTER (outcome != 'ok') AS failed_mostly,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    CASE WHEN sum(priced) = sum(calls) THEN sum(usd) END AS usd,
    CASE WHEN sum(priced) > 0 THEN sum(usd) END AS usd_known,
    any_value(ms_p50) AS ms_p50,
    any_value(ms_p95) AS ms_p95,
    100.0 * coalesce(sum(sum(calls) FILTER (outcome = 'ok' AND local)) OVER (), 0)
        / nullif(sum(sum(calls) FILTER (outcome = 'ok')) OVER (), 0) AS local_percent,
    max(latest_at) AS latest_at
FROM outcomes
LEFT JOIN times USING (provider, model, agent, function, local)
GROUP BY provider, model, agent, function, local
ORDER BY calls DESC, provider, model, agent, function
