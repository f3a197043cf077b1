-- name: costs
-- doc: What language models cost over time, the oldest first: calls, tokens, dollars of each step and each name.
-- param: hours float 168 How far back to look.
-- param: by model|agent|function|project model What a row is of; a model is provider/model, a project the caller.
-- param: name text null Only of this model, agent, function or project.
-- param: steps int 60 About how many steps; a step is a whole minute, hour or day at least.
-- period: now hours of model_calls

/* usd is null as soon as one call of the row has no known price; usd_known adds up the others. Where more than 20 names
   were asked for, those with fewest calls are one row a step, (other). A call is its task's caller's: by project the
   calls themselves are read, not their rollups. */
WITH calls AS (
    SELECT
        CASE $by
            WHEN 'model' THEN CASE WHEN c.provider = '(other)' THEN c.provider ELSE c.provider || '/' || c.model END
            WHEN 'agent' THEN c.agent WHEN 'function' THEN c.function
            WHEN 'project' THEN coalesce(t.tenant, '')
            ELSE error('by is model, agent, function or project')
        END AS own,
        c.starts_at, c.outcome, c.local, c.calls, c.input_tokens, c.output_tokens, c.priced, c.usd
    FROM call_figures($call_pieces, $call_earliest, $call_loose, $by = 'project') AS c
    LEFT JOIN (
        SELECT id, tenant FROM tasks
        WHERE $by = 'project' AND finished_at >= window_start($now, $hours)
    ) AS t ON t.id = c.task
),
most AS (
    SELECT own FROM calls GROUP BY own ORDER BY sum(calls) DESC, own LIMIT 20
),
step AS (
    SELECT to_seconds(greatest(ceil($hours * 3600 / greatest($steps, 1) / unit) * unit, unit)::BIGINT) AS length
    FROM (SELECT CASE WHEN $hours <= 24 THEN 60 WHEN $hours <= 192 THEN 3600 ELSE 86400 END AS unit)
)
SELECT
    time_bucket(length, starts_at) AS starts_at,
    CASE WHEN own IN (FROM most) THEN own ELSE '(other)' END AS name,
    sum(calls)::BIGINT AS calls,
    coalesce(sum(calls) FILTER (outcome != 'ok'), 0)::BIGINT AS failed,
    coalesce(sum(calls) FILTER (local), 0)::BIGINT AS local,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    CASE WHEN sum(priced) = sum(calls) THEN sum(usd) END AS usd,
    CASE WHEN sum(priced) > 0 THEN sum(usd) END AS usd_known
FROM calls AS c, step
WHERE $name::VARCHAR IS NULL OR own = $name
GROUP BY time_bucket(length, c.starts_at), CASE WHEN own IN (FROM most) THEN own ELSE '(other)' END
ORDER BY starts_at, calls DESC, name
