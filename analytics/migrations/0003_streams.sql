-- What a result carries besides its outcome. tenant is who asked; null: it was not told, or could not be known.
-- input_bytes is null where the function asked not to have its input kept. usd is null where a price is not known.

ALTER TABLE tasks ADD COLUMN tenant VARCHAR;
ALTER TABLE tasks ADD COLUMN trace VARCHAR;
ALTER TABLE tasks ADD COLUMN timeout DOUBLE;
ALTER TABLE tasks ADD COLUMN max_attempts INTEGER;
ALTER TABLE tasks ADD COLUMN retryable BOOLEAN;
ALTER TABLE tasks ADD COLUMN input_bytes BIGINT;
ALTER TABLE tasks ADD COLUMN output_bytes BIGINT;
ALTER TABLE tasks ADD COLUMN model_calls INTEGER;
ALTER TABLE tasks ADD COLUMN input_tokens BIGINT;
ALTER TABLE tasks ADD COLUMN output_tokens BIGINT;
ALTER TABLE tasks ADD COLUMN model_ms DOUBLE;
ALTER TABLE tasks ADD COLUMN usd DOUBLE;

-- One request to a language model; usd is null where nobody knows the price.
CREATE TABLE model_calls (
    task VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    attempt INTEGER NOT NULL,
    worker VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    local BOOLEAN NOT NULL,
    outcome VARCHAR NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    usd DOUBLE,
    ms DOUBLE NOT NULL,
    estimated BOOLEAN NOT NULL,
    called_at TIMESTAMP NOT NULL,
    stream_seq UBIGINT NOT NULL
);

INSERT INTO model_calls
SELECT
    data->>'task', data->>'function', data->>'agent', (data->>'attempt')::INTEGER, data->>'worker',
    data->>'provider', data->>'model', data->>'kind', (data->>'local')::BOOLEAN, data->>'outcome',
    (data->>'input_tokens')::BIGINT, (data->>'output_tokens')::BIGINT, (data->>'cached_tokens')::BIGINT,
    (data->>'usd')::DOUBLE, (data->>'ms')::DOUBLE, coalesce((data->>'estimated')::BOOLEAN, false), measured_at,
    stream_seq
FROM metrics
WHERE kind = 'model_call' AND data->>'task' IS NOT NULL AND data->>'worker' IS NOT NULL;
DELETE FROM metrics WHERE kind = 'model_call';

-- One row for each change of an alert: the newest of an id says how it stands.
CREATE TABLE alerts (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    since TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    labels JSON NOT NULL,
    value DOUBLE,
    threshold DOUBLE,
    resolved_at TIMESTAMP,
    acknowledged_by VARCHAR,
    silenced BOOLEAN NOT NULL,
    stream_seq UBIGINT NOT NULL
);

-- What failed for good, and the server's own notices of messages it gave up on: those have a task_seq and no id.
CREATE TABLE dead_letters (
    id VARCHAR,
    queue VARCHAR,
    function VARCHAR,
    kind VARCHAR NOT NULL,
    priority VARCHAR,
    attempts INTEGER NOT NULL,
    died_at TIMESTAMP NOT NULL,
    error_type VARCHAR,
    error_message VARCHAR,
    retryable BOOLEAN,
    input_bytes BIGINT,
    consumer VARCHAR,
    task_seq UBIGINT,
    stream_seq UBIGINT NOT NULL
);

-- One row for each state of a registered agent. Of its config there are the names alone: a value may be a secret.
CREATE TABLE agents (
    id VARCHAR NOT NULL,
    revision UBIGINT NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    deleted BOOLEAN NOT NULL,
    name VARCHAR,
    description VARCHAR,
    capabilities VARCHAR[],
    permissions JSON,
    limits JSON,
    thresholds JSON,
    model VARCHAR,
    enabled BOOLEAN,
    config_keys VARCHAR[],
    created_at TIMESTAMP,
    stream_seq UBIGINT NOT NULL
);

-- What went wrong with the file itself, and what was done about it.
CREATE TABLE incidents (
    happened_at TIMESTAMP NOT NULL,
    what VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);

-- What stands in Parquet: of each table and day the file that is still written anew when its rows change.
-- Rows that come after the day was taken out of the file begin a new one, of the next generation.
CREATE TABLE exports (
    name VARCHAR NOT NULL,
    day DATE NOT NULL,
    generation INTEGER NOT NULL,
    rows UBIGINT NOT NULL,
    fingerprint UBIGINT NOT NULL,
    bytes UBIGINT NOT NULL,
    exported_at TIMESTAMP NOT NULL,
    PRIMARY KEY (name, day)
);

CREATE VIEW logs AS
SELECT id, queue, function, agent, attempt, level, message, fields, happened_at, stream_seq
FROM events
WHERE kind = 'log';

CREATE VIEW registered_agents AS
SELECT *
FROM agents
QUALIFY row_number() OVER (PARTITION BY id ORDER BY revision DESC) = 1 AND NOT deleted;

CREATE OR REPLACE VIEW attempts AS
SELECT
    id, queue, function, attempt, 'retried' AS outcome, happened_at AS ended_at, error_type, error_message, agent
FROM events
WHERE kind = 'retry'
UNION ALL
SELECT id, queue, function, attempts, state, finished_at, error_type, error_message, agent
FROM tasks
WHERE attempts > 0;
