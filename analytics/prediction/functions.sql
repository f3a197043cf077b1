-- How many functions have history, among which the tasks that are looked at are divided; and what lies in the future.
SELECT
    count(*) FILTER (past > 0) AS functions,
    coalesce(sum(future), 0) AS future
FROM (
    SELECT
        count(*) FILTER (finished_at <= $now) AS past,
        count(*) FILTER (finished_at > $now) AS future
    FROM tasks
    WHERE state IN ('completed', 'failed', 'rejected') AND finished_at > $now - INTERVAL 180 DAYS
    GROUP BY queue, function
)
