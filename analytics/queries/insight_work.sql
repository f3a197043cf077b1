-- name: insight_work
-- doc: Each agent and function in two periods: outcomes, attempts, and logarithms of response times.
-- param: hours float 168 Length of a period; the second one lies before the first.
-- param: agent text null Only of this agent, and how all do at its functions.

/* A task of a registered agent is there twice, as its queue's and as its agent's. `others` of a function are the same
   function's tasks that were not this agent's. */
WITH seen AS (
    SELECT
        agent,
        queue,
        queue || '.' || function AS function,
        finished_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT) AS now,
        count(*) AS judged,
        count(*) FILTER (state = 'completed') AS completed,
        sum(attempts) AS attempts,
        sum(ln(greatest(total_ms, 0.1))) FILTER (state = 'completed') AS log_sum,
        sum(pow(ln(greatest(total_ms, 0.1)), 2)) FILTER (state = 'completed') AS log_squares
    FROM tasks
    WHERE finished_at > $now - to_microseconds(($hours * 7.2e9)::BIGINT) AND state != 'canceled'
    GROUP BY agent, queue, tasks.function, now
),
whole AS (
    SELECT function, now, sum(judged)::BIGINT AS judged, sum(completed)::BIGINT AS completed
    FROM seen
    GROUP BY function, now
),
each AS (
    SELECT queue AS who, 'announced' AS origin, * EXCLUDE (queue, agent) FROM seen
    UNION ALL
    SELECT agent, 'registered', * EXCLUDE (queue, agent) FROM seen WHERE agent IS NOT NULL
),
own AS (
    SELECT
        who,
        origin,
        function,
        now,
        sum(judged)::BIGINT AS judged,
        sum(completed)::BIGINT AS completed,
        sum(attempts)::BIGINT AS attempts,
        sum(log_sum) AS log_sum,
        sum(log_squares) AS log_squares
    FROM each
    WHERE $agent::VARCHAR IS NULL OR who = $agent
    GROUP BY who, origin, function, now
)
SELECT
    own.who AS agent,
    own.origin,
    own.function,
    own.now,
    own.judged,
    own.completed,
    own.attempts,
    own.log_sum,
    own.log_squares,
    whole.judged - own.judged AS others_judged,
    whole.completed - own.completed AS others_completed,
    (SELECT count(DISTINCT function) FROM whole WHERE now) AS known
FROM own
JOIN whole USING (function, now)
ORDER BY agent, origin, own.judged DESC, own.function
