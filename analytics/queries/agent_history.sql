-- name: agent_history
-- doc: Each queue and each registered agent: how much it has done, what that cost, and whether its models were local.
-- param: hours float 24 How far back to look.

/* usd is dollars a task: 0 where no model was asked, null as soon as one call has no known price. local is null where no
   model was asked. */
WITH done AS (
    SELECT id, queue AS agent FROM tasks WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    UNION ALL
    SELECT id, agent FROM tasks
    WHERE agent IS NOT NULL AND finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
),
calls AS (
    SELECT
        task AS id,
        count(*) AS calls,
        CASE WHEN count(usd) = count(*) THEN sum(usd) END AS usd,
        bool_and(local) AS local
    FROM model_calls
    WHERE called_at > $now - to_microseconds((($hours + 1) * 3.6e9)::BIGINT)
    GROUP BY id
)
SELECT
    agent,
    count(*) AS tasks,
    CASE WHEN count(*) FILTER (calls IS NOT NULL AND usd IS NULL) = 0 THEN coalesce(sum(usd), 0) / count(*) END AS usd,
    bool_and(local) AS local
FROM done
LEFT JOIN calls USING (id)
GROUP BY agent
ORDER BY agent
