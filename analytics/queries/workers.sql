-- name: workers
-- doc: Each worker: what it finished, how well and how fast; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
SELECT name AS worker, * EXCLUDE (queue, name)
FROM task_report('worker', $pieces, $earliest, $loose)
ORDER BY tasks DESC, queue, name
LIMIT 500
