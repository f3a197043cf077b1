-- name: insight_joint
-- doc: Each agent's part in tasks that several queues did together: how they ended, and what their parts do alone.
-- param: hours float 168 How far back to look.
-- param: agent text null Only of this agent.

/* Joint: a parent whose children are of two queues or more. `expected` is the product of the success rates that the
   functions of its children have outside joint work, where each has ten tasks or more there; else null. Few tasks are
   parts of others, so each step reads its own columns of them anew rather than a copy of all. */
WITH seen AS NOT MATERIALIZED (
    SELECT id, queue, agent, queue || '.' || function AS function, state, parent, submitted_at, started_at, finished_at
    FROM tasks
    WHERE finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT) AND state != 'canceled'
),
joint AS (
    SELECT parent, list_sort(list(DISTINCT queue)) AS queues
    FROM seen
    WHERE parent IS NOT NULL
    GROUP BY parent
    HAVING count(DISTINCT queue) > 1
),
parts AS (
    SELECT seen.* FROM seen SEMI JOIN joint USING (parent)
),
alone AS (
    SELECT function, avg((state = 'completed')::INTEGER) AS rate
    FROM seen
    ANTI JOIN joint USING (parent)
    WHERE function IN (SELECT function FROM parts)
    GROUP BY function
    HAVING count(*) >= 10
),
hoped AS (
    SELECT parts.parent, CASE WHEN count(rate) = count(*) THEN product(rate) END AS expected
    FROM parts
    LEFT JOIN alone USING (function)
    GROUP BY parts.parent
),
ended AS (
    SELECT joint.parent, joint.queues, hoped.expected, whole.state, whole.agent
    FROM joint
    JOIN hoped USING (parent)
    JOIN seen AS whole ON whole.id = joint.parent
),
who AS (
    SELECT parent, unnest(queues) AS who, 'announced' AS origin FROM ended
    UNION ALL
    SELECT parent, agent, 'registered' FROM ended WHERE agent IS NOT NULL
),
handed AS (
    SELECT
        parts.parent,
        parts.queue,
        parts.id,
        epoch_us(parts.started_at - max(before.finished_at)) / 1000.0 AS ms
    FROM parts
    JOIN parts AS before ON before.parent = parts.parent
        AND before.queue != parts.queue
        AND before.finished_at <= parts.submitted_at
    WHERE parts.started_at IS NOT NULL
    GROUP BY parts.parent, parts.queue, parts.id, parts.started_at
),
waited AS (
    SELECT who.who, who.origin, quantile_cont(ms, 0.5) AS p50, quantile_cont(ms, 0.95) AS p95, count(*) AS count
    FROM who
    JOIN handed ON handed.parent = who.parent AND (who.origin = 'registered' OR handed.queue = who.who)
    GROUP BY who.who, who.origin
)
SELECT
    who.who AS agent,
    who.origin,
    count(*) AS joint,
    count(*) FILTER (state = 'completed') AS completed,
    count(expected) AS compared,
    count(*) FILTER (state = 'completed' AND expected IS NOT NULL) AS compared_completed,
    avg(expected) AS expected,
    list_sort(list_distinct(flatten(list(queues)))) AS queues,
    any_value(waited.p50) AS handover_p50,
    any_value(waited.p95) AS handover_p95,
    coalesce(any_value(waited.count), 0) AS handovers
FROM who
JOIN ended USING (parent)
LEFT JOIN waited ON waited.who = who.who AND waited.origin = who.origin
WHERE $agent::VARCHAR IS NULL OR who.who = $agent
GROUP BY who.who, who.origin
ORDER BY agent, origin
