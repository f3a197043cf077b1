-- name: local_share
-- doc: The share of answered model calls served locally, day by day, beside its target.
-- param: days int 30 How far back to look.
-- param: target float 95 Percent that are to be local.
-- param: agent text null Only of this agent.

/* low and high are Wilson's interval of 95 %, in percent: a day with few calls says little. reached compares the share
   itself with the target. */
WITH daily AS (
    SELECT
        called_at::DATE AS day,
        count(*) AS answered,
        count(*) FILTER (local) AS local,
        sum(usd) FILTER (NOT local) AS usd_elsewhere
    FROM model_calls
    WHERE outcome = 'ok'
        AND called_at > $now - to_days($days::INTEGER)
        AND ($agent::VARCHAR IS NULL OR agent = $agent)
    GROUP BY day
)
SELECT
    day,
    answered,
    local,
    100.0 * local / answered AS percent,
    100 * (local + 1.9207 - 1.96 * sqrt(local * (answered - local) / answered + 0.9604)) / (answered + 3.8415) AS low,
    100 * (local + 1.9207 + 1.96 * sqrt(local * (answered - local) / answered + 0.9604)) / (answered + 3.8415) AS high,
    $target AS target,
    percent >= $target AS reached,
    usd_elsewhere
FROM daily
ORDER BY day DESC
