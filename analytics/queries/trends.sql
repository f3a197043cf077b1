-- name: trends
-- doc: Each figure of a window against the window of the same length before it, and whether the difference is real.
-- param: hours float 24 Length of each of the two windows.
-- period: now hours
-- period: before hours before
-- page: overview

/* beyond_noise: rates by the two-proportion z-test, counts as Poisson counts, both at |z| > 1.96, that is a false
   alarm in one of twenty. It takes tasks to be independent: a burst of one cause looks more certain than it is.
   null where one of the windows holds fewer than 20 tasks, or where nothing says how much a figure varies. */
WITH spans AS (
    SELECT
        window_start($now, $hours) AS since,
        window_start($now, $hours) - ($now - window_start($now, $hours)) AS before
),
figures AS (
    SELECT
        coalesce(period, wanted) AS period,
        coalesce(sum(tasks), 0) AS tasks, coalesce(sum(tasks - canceled), 0) AS judged,
        coalesce(sum(failed + rejected), 0) AS bad, coalesce(sum(retried), 0) AS retried,
        sum(queue_ms) / nullif(sum(started), 0) AS queue_mean, sum(run_ms) / nullif(sum(started), 0) AS run_mean,
        CASE WHEN sum(unpriced) = 0 THEN sum(usd) END AS usd
    FROM unnest(['now', 'before']) AS sides(wanted)
    LEFT JOIN task_figures('all', $pieces, $earliest, $loose) AS f ON f.period = wanted
    GROUP BY ALL
),
pairs AS (
    SELECT
        unnest(['tasks', 'error_rate', 'retry_rate', 'queue_mean', 'run_mean', 'usd']) AS figure,
        unnest([
            n.tasks, 100.0 * n.bad / nullif(n.judged, 0), 100.0 * n.retried / nullif(n.tasks, 0), n.queue_mean,
            n.run_mean, n.usd
        ]::DOUBLE[]) AS current,
        unnest([
            o.tasks, 100.0 * o.bad / nullif(o.judged, 0), 100.0 * o.retried / nullif(o.tasks, 0), o.queue_mean,
            o.run_mean, o.usd
        ]::DOUBLE[]) AS previous,
        unnest([
            (n.tasks - o.tasks) / nullif(sqrt(n.tasks + o.tasks), 0),
            (n.bad / nullif(n.judged, 0) - o.bad / nullif(o.judged, 0)) / nullif(sqrt(
                (n.bad + o.bad) / nullif(n.judged + o.judged, 0)
                * (1 - (n.bad + o.bad) / nullif(n.judged + o.judged, 0))
                * (1 / nullif(n.judged, 0) + 1 / nullif(o.judged, 0))
            ), 0),
            (n.retried / nullif(n.tasks, 0) - o.retried / nullif(o.tasks, 0)) / nullif(sqrt(
                (n.retried + o.retried) / nullif(n.tasks + o.tasks, 0)
                * (1 - (n.retried + o.retried) / nullif(n.tasks + o.tasks, 0))
                * (1 / nullif(n.tasks, 0) + 1 / nullif(o.tasks, 0))
            ), 0),
            NULL, NULL, NULL
        ]::DOUBLE[]) AS z,
        least(n.tasks, o.tasks) >= 20 AS enough
    FROM figures AS n, figures AS o
    WHERE n.period = 'now' AND o.period = 'before'
)
SELECT
    figure, current, previous,
    current - previous AS difference,
    100.0 * (current - previous) / nullif(previous, 0) AS percent,
    CASE WHEN enough THEN abs(z) > 1.96 END AS beyond_noise,
    since, before AS previous_since
FROM pairs, spans
