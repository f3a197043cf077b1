-- name: models
-- doc: Language models by agent and function: calls, tokens, dollars (null: a price is not known), share served locally.
-- param: hours float 24 How far back to look.
-- param: agent text null Only of this agent, or of a queue where tasks were given to no agent.
-- param: function text null Only of this function, by its full name.
-- param: task text null Only of this task and of all that it started.

/* local_percent is of all answered calls in the time asked for, so it is the same in every row. usd is null as soon as
   one call of the row has no known price; usd_known adds up the others. */
WITH RECURSIVE family AS (
    SELECT $task::VARCHAR AS id
    UNION
    SELECT tasks.id FROM tasks JOIN family ON tasks.parent = family.id
),
calls AS (
    SELECT provider, model, agent, function, outcome, local, input_tokens, output_tokens, usd, ms, called_at
    FROM model_calls
    WHERE called_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
        AND ($agent::VARCHAR IS NULL OR agent = $agent)
        AND ($function::VARCHAR IS NULL OR function = $function)
        AND ($task::VARCHAR IS NULL OR task IN (SELECT id FROM family))
)
SELECT
    provider,
    model,
    agent,
    function,
    local,
    count(*) AS calls,
    count(*) FILTER (outcome != 'ok') AS failed,
    mode(outcome) FILTER (outcome != 'ok') AS failed_mostly,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    CASE WHEN count(usd) = count(*) THEN sum(usd) END AS usd,
    sum(usd) AS usd_known,
    quantile_cont(ms, 0.5) FILTER (outcome = 'ok') AS ms_p50,
    quantile_cont(ms, 0.95) FILTER (outcome = 'ok') AS ms_p95,
    100.0 * sum(count(*) FILTER (outcome = 'ok' AND local)) OVER ()
        / nullif(sum(count(*) FILTER (outcome = 'ok')) OVER (), 0) AS local_percent,
    max(called_at) AS latest_at
FROM calls
GROUP BY provider, model, agent, function, local
ORDER BY calls DESC, provider, model, agent, function
