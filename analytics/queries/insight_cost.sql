-- name: insight_cost
-- doc: Each agent's dollars for language models, of all tasks and of those that did not complete.
-- param: hours float 168 How far back to look.
-- param: agent text null Only of this agent.
WITH seen AS (
    SELECT id, queue, agent, state
    FROM tasks
    WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
),
calls AS (
    SELECT task AS id, count(*) AS calls, count(usd) AS priced, sum(usd) AS usd
    FROM model_calls
    WHERE called_at > $now - to_microseconds((($hours + 24) * 3.6e9)::BIGINT) AND task != ''
    GROUP BY task
),
asked AS (
    SELECT * FROM seen JOIN calls USING (id)
),
each AS (
    SELECT queue AS who, 'announced' AS origin, * EXCLUDE (queue, agent) FROM asked
    UNION ALL
    SELECT agent, 'registered', * EXCLUDE (queue, agent) FROM asked WHERE agent IS NOT NULL
)
SELECT
    who AS agent,
    origin,
    count(*) AS asked,
    sum(calls - priced)::BIGINT AS unpriced,
    coalesce(sum(usd), 0) AS usd,
    coalesce(sum(usd) FILTER (state != 'completed'), 0) AS usd_failed
FROM each
WHERE $agent::VARCHAR IS NULL OR who = $agent
GROUP BY who, origin
ORDER BY agent, origin
