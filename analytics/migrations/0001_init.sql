-- All times are UTC without a zone; durations are milliseconds; stream_seq is the message's place in its stream.

CREATE TABLE tasks (
    id VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    priority VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    worker VARCHAR,
    submitted_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    finished_at TIMESTAMP NOT NULL,
    queue_ms DOUBLE,
    run_ms DOUBLE,
    total_ms DOUBLE NOT NULL,
    error_type VARCHAR,
    error_message VARCHAR,
    parent VARCHAR,
    schedule VARCHAR,
    stream_seq UBIGINT NOT NULL
);

CREATE TABLE events (
    id VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    attempt INTEGER,
    happened_at TIMESTAMP NOT NULL,
    worker VARCHAR,
    progress DOUBLE,
    level VARCHAR,
    message VARCHAR,
    fields JSON,
    next_attempt INTEGER,
    delay DOUBLE,
    error_type VARCHAR,
    error_message VARCHAR,
    stream_seq UBIGINT NOT NULL
);

CREATE TABLE system_metrics (
    host VARCHAR NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    cpu_usage DOUBLE NOT NULL,
    memory_usage DOUBLE NOT NULL,
    disk_usage DOUBLE NOT NULL,
    bytes_sent UBIGINT NOT NULL,
    bytes_received UBIGINT NOT NULL,
    load DOUBLE[],
    processes JSON,
    stream_seq UBIGINT NOT NULL
);

-- Every other kind of measurement, as it came.
CREATE TABLE metrics (
    host VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    data JSON NOT NULL,
    stream_seq UBIGINT NOT NULL
);

-- What could not be read, with the reason; the streams go on.
CREATE TABLE quarantine (
    stream VARCHAR NOT NULL,
    stream_seq UBIGINT,
    subject VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    payload VARCHAR NOT NULL,
    stored_at TIMESTAMP NOT NULL
);

-- How far each stream has been read: written in the transaction that writes the rows.
CREATE TABLE positions (
    stream VARCHAR PRIMARY KEY,
    epoch VARCHAR NOT NULL,
    sequence UBIGINT NOT NULL,
    stored_at TIMESTAMP
);

CREATE VIEW attempts AS
SELECT id, queue, function, attempt, 'retried' AS outcome, happened_at AS ended_at, error_type, error_message
FROM events
WHERE kind = 'retry'
UNION ALL
SELECT id, queue, function, attempts, state, finished_at, error_type, error_message
FROM tasks
WHERE attempts > 0;
