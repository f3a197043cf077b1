-- name: memories
-- doc: Memories by namespace and kind: how many, how large, how old. Their text is not known here.
SELECT
    namespace,
    kind,
    count(*) AS memories,
    sum(text_bytes)::BIGINT AS text_bytes,
    sum(vector_bytes)::BIGINT AS vector_bytes,
    avg(importance) AS importance,
    min(created_at) AS oldest_at,
    max(created_at) AS newest_at,
    count(expires_at) AS expiring
FROM live.memories
WHERE expires_at IS NULL OR expires_at > $now
GROUP BY namespace, kind
ORDER BY memories DESC, namespace, kind
