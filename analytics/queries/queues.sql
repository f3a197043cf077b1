-- name: queues
-- doc: Each queue (engine): how much it finished, how well and how fast; times in ms, within 2.5 %.
-- param: hours float 24 How far back to look.
-- period: now hours
SELECT name AS queue, * EXCLUDE (queue, name)
FROM task_report('queue', $pieces, $earliest, $loose)
ORDER BY tasks DESC, queue, name
LIMIT 500
