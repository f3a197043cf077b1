-- name: functions
-- doc: Each function: how often it ran, how well, how fast and for how much; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
SELECT queue, name AS function, * EXCLUDE (queue, name)
FROM task_report('function', $pieces, $earliest, $loose)
ORDER BY tasks DESC, queue, name
LIMIT 500
