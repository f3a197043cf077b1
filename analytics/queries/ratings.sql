-- name: ratings
-- doc: What people thought of results, newest first; of each user and task the rating that counts.
-- param: hours float 168 How far back to look.
-- param: agent text null Only of this agent, announced or registered.
-- param: function text null Only of this function, by its full name.
-- param: limit int 100 Rows at most.
SELECT
    task,
    queue || '.' || function AS function,
    agent,
    rater AS "user",
    score,
    comment,
    state,
    rated_at
FROM feedback
WHERE rated_at > $now - to_microseconds(($hours * 3.6e9)::BIGINT)
    AND ($agent::VARCHAR IS NULL OR agent = $agent OR queue = $agent)
    AND ($function::VARCHAR IS NULL OR queue || '.' || function = $function)
QUALIFY row_number() OVER (PARTITION BY task, rater ORDER BY stream_seq DESC) = 1
ORDER BY rated_at DESC, task, rater
LIMIT $limit
