-- name: family
-- doc: A finished task and all finished ones below it, as submitted, with the marks of their attempts.
-- param: id text null The task at the top.
-- param: after cursor null Only after this `cursor` of an earlier answer.
-- param: limit int 2000 Rows at most.
-- page: tasks
WITH RECURSIVE members AS (
    SELECT $id::VARCHAR AS id
    UNION
    SELECT tasks.id FROM tasks JOIN members ON tasks.parent = members.id
),
page AS (
    SELECT
        tasks.id, queue, function, state, attempts, worker, agent, submitted_at, started_at, finished_at, parent,
        error_type, strftime(submitted_at, '%Y-%m-%dT%H:%M:%S.%fZ') || '/' || tasks.id AS cursor
    FROM tasks JOIN members USING (id)
    WHERE $after::VARCHAR IS NULL
        OR submitted_at > split_part($after, '/', 1)::TIMESTAMP
        OR (submitted_at = split_part($after, '/', 1)::TIMESTAMP AND tasks.id > split_part($after, '/', 2))
    ORDER BY submitted_at, tasks.id
    LIMIT $limit
),
marks AS (
    SELECT
        id,
        list({'kind': kind, 'attempt': attempt, 'at': epoch_ms(happened_at)} ORDER BY happened_at, stream_seq) AS marks
    FROM events
    WHERE kind IN ('started', 'retry') AND id IN (SELECT id FROM page)
    GROUP BY id
)
SELECT page.*, marks.marks
FROM page LEFT JOIN marks USING (id)
ORDER BY submitted_at, id
