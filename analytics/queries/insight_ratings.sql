-- name: insight_ratings
-- doc: Each agent's ratings in two periods: the newest of each user for each task.
-- param: hours float 168 Length of a period; the second one lies before the first.
-- param: agent text null Only of this agent.
WITH latest AS (
    SELECT
        task,
        rater,
        arg_max(queue, stream_seq) AS queue,
        arg_max(agent, stream_seq) AS agent,
        arg_max(score, stream_seq) AS score,
        max(rated_at) > $now - to_microseconds(($hours * 3.6e9)::BIGINT) AS now
    FROM feedback
    WHERE rated_at > $now - to_microseconds(($hours * 7.2e9)::BIGINT)
    GROUP BY task, rater
),
each AS (
    SELECT queue AS who, 'announced' AS origin, * EXCLUDE (queue, agent) FROM latest
    UNION ALL
    SELECT agent, 'registered', * EXCLUDE (queue, agent) FROM latest WHERE agent IS NOT NULL
)
SELECT
    who AS agent,
    origin,
    now,
    count(*) AS ratings,
    avg(score) AS mean,
    count(*) FILTER (score >= 4) AS satisfied
FROM each
WHERE $agent::VARCHAR IS NULL OR who = $agent
GROUP BY who, origin, now
ORDER BY agent, origin, now
