-- name: agents
-- doc: Each registered agent: what was given to it, how well and how fast; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
SELECT name AS agent, * EXCLUDE (queue, name)
FROM task_report('agent', $pieces, $earliest, $loose)
ORDER BY tasks DESC, queue, name
LIMIT 500
