-- name: alerts
-- doc: Alerts as they stand, that which changed last first; those that have ended too.
-- param: state firing|acknowledged|resolved|open null Only in this state; open is firing or acknowledged.
-- param: severity info|warning|critical null Only of this severity.
-- param: rule text null Only of this rule.
-- param: label text null Only with this label ...
-- param: value text null ... and this value of it.
-- param: since time null Only what changed after this time.
-- param: before sequence null Only after this `stream_seq` of an earlier answer.
-- param: limit int 100 Rows at most.
SELECT
    id, kind, rule, severity, state, summary, since, updated_at, labels, value, threshold, resolved_at,
    acknowledged_by, silenced, stream_seq
FROM (
    SELECT *
    FROM alerts
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY stream_seq DESC) = 1
)
WHERE ($state::VARCHAR IS NULL OR state = $state OR ($state = 'open' AND state != 'resolved'))
    AND ($severity::VARCHAR IS NULL OR severity = $severity)
    AND ($rule::VARCHAR IS NULL OR rule = $rule)
    AND ($label::VARCHAR IS NULL OR labels->>('$."' || $label || '"') = $value)
    AND ($since::TIMESTAMP IS NULL OR updated_at > $since)
    AND ($before::UBIGINT IS NULL OR stream_seq < $before::UBIGINT)
ORDER BY stream_seq DESC
LIMIT $limit
