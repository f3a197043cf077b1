-- name: storage
-- doc: The size of the database file in bytes without its log, and how much of that is free to be used again.

SELECT block_size * total_blocks AS bytes, block_size * free_blocks AS free
FROM pragma_database_size()
WHERE database_name = current_database()
