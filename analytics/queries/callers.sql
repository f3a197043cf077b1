-- name: callers
-- doc: Each caller: what was asked for, how well and how fast; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
SELECT name AS caller, * EXCLUDE (queue, name)
FROM task_report('caller', $pieces, $earliest, $loose)
ORDER BY tasks DESC, queue, name
LIMIT 500
