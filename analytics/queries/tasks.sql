-- name: tasks
-- doc: Finished tasks, the newest first.
-- param: state completed|failed|canceled|rejected null Only in this state.
-- param: queue text null Only of this queue.
-- param: function text null Only of this function: its short name, or <queue>.<name>.
-- param: priority critical|high|medium|low null Only of this priority.
-- param: agent text null Only of this registered agent.
-- param: caller text null Only of this caller.
-- param: worker text null Only of this worker.
-- param: parent text null Only children of this task.
-- param: schedule text null Only runs of this recurring task.
-- param: since time null Only finished at this time or later.
-- param: until time null Only finished before this time.
-- param: text text null Only with this text in the id, the function or the error.
-- param: before cursor null Only after this `cursor` of an earlier answer, or finished before this time.
-- param: limit int 100 Rows at most.
SELECT
    id, queue, function, state, priority, attempts, worker, submitted_at, started_at, finished_at,
    queue_ms, run_ms, total_ms, error_type, error_message, parent, schedule,
    strftime(finished_at, '%Y-%m-%dT%H:%M:%S.%fZ') || '/' || id AS cursor,
    agent, tenant AS caller
FROM tasks
WHERE ($state::VARCHAR IS NULL OR state = $state)
    AND ($queue::VARCHAR IS NULL OR queue = $queue)
    AND ($function::VARCHAR IS NULL OR function = $function OR queue || '.' || function = $function)
    AND ($priority::VARCHAR IS NULL OR priority = $priority)
    AND ($agent::VARCHAR IS NULL OR agent = $agent)
    AND ($caller::VARCHAR IS NULL OR tenant = $caller)
    AND ($worker::VARCHAR IS NULL OR worker = $worker)
    AND ($parent::VARCHAR IS NULL OR parent = $parent)
    AND ($schedule::VARCHAR IS NULL OR schedule = $schedule)
    AND ($since::TIMESTAMP IS NULL OR finished_at >= $since)
    AND ($until::TIMESTAMP IS NULL OR finished_at < $until)
    AND (
        $text::VARCHAR IS NULL
        OR contains(lower(id), lower($text))
        OR contains(lower(queue), lower($text))
        OR contains(lower(function), lower($text))
        OR (contains($text, '.') AND contains(lower(queue || '.' || function), lower($text)))
        OR contains(lower(error_type), lower($text))
        OR contains(lower(error_message), lower($text))
    )
    AND (
        $before::VARCHAR IS NULL
        OR finished_at < split_part($before, '/', 1)::TIMESTAMP
        OR (finished_at = split_part($before, '/', 1)::TIMESTAMP AND id < split_part($before, '/', 2))
    )
ORDER BY finished_at DESC, id DESC
LIMIT $limit
