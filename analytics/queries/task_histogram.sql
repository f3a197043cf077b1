-- name: task_histogram
-- doc: Finished tasks by time, the oldest first, spans without any too: what `tasks` lists, counted.
-- param: since time null From when on; a day before `until` where it is not given.
-- param: until time null Until when; now where it is not given.
-- param: spans int 60 How many spans at most, each of whole seconds; 1 to 1000.
-- param: state completed|failed|canceled|rejected null Only in this state.
-- param: queue text null Only of this queue.
-- param: function text null Only of this function: its short name, or <queue>.<name>.
-- param: priority critical|high|medium|low null Only of this priority.
-- param: agent text null Only of this registered agent.
-- param: caller text null Only of this caller.
-- param: worker text null Only of this worker.
-- param: text text null Only with this text in the id, the function or the error.
-- page: tasks

/* Counted from rows, as `tasks` reads them: a brush must not promise what the list cannot show. */
WITH asked AS (
    SELECT
        epoch_us(coalesce($since, coalesce($until, $now)::TIMESTAMP - INTERVAL 1 DAY)::TIMESTAMP) AS first,
        epoch_us(coalesce($until, $now)::TIMESTAMP) AS last
),
axis AS (
    SELECT
        first,
        greatest(ceil((last - first) / 1e6 / least(greatest($spans, 1), 1000)), 1)::BIGINT * 1000000 AS step,
        last
    FROM asked
),
counted AS (
    SELECT
        (epoch_us(finished_at) - first) // step AS place,
        count(*) AS tasks,
        count(*) FILTER (state = 'completed') AS completed,
        count(*) FILTER (state = 'failed') AS failed,
        count(*) FILTER (state = 'rejected') AS rejected,
        count(*) FILTER (state = 'canceled') AS canceled
    FROM tasks, axis
    WHERE finished_at >= coalesce($since, coalesce($until, $now)::TIMESTAMP - INTERVAL 1 DAY)::TIMESTAMP
        AND finished_at < coalesce($until, $now)::TIMESTAMP
        AND ($state::VARCHAR IS NULL OR state = $state)
        AND ($queue::VARCHAR IS NULL OR queue = $queue)
        AND ($function::VARCHAR IS NULL OR function = $function OR queue || '.' || function = $function)
        AND ($priority::VARCHAR IS NULL OR priority = $priority)
        AND ($agent::VARCHAR IS NULL OR agent = $agent)
        AND ($caller::VARCHAR IS NULL OR tenant = $caller)
        AND ($worker::VARCHAR IS NULL OR worker = $worker)
        AND (
            $text::VARCHAR IS NULL
            OR contains(lower(id), lower($text))
            OR contains(lower(queue), lower($text))
            OR contains(lower(function), lower($text))
            OR (contains($text, '.') AND contains(lower(queue || '.' || function), lower($text)))
            OR contains(lower(error_type), lower($text))
            OR contains(lower(error_message), lower($text))
        )
    GROUP BY place
)
SELECT
    make_timestamp(first + span * step) AS starts_at,
    make_timestamp(least(first + (span + 1) * step, last)) AS ends_at,
    coalesce(tasks, 0) AS tasks,
    coalesce(completed, 0) AS completed,
    coalesce(failed, 0) AS failed,
    coalesce(rejected, 0) AS rejected,
    coalesce(canceled, 0) AS canceled
FROM axis, unnest(range(0, (greatest(last - first, 0) + step - 1) // step)) AS spans(span)
LEFT JOIN counted ON counted.place = span
ORDER BY span
