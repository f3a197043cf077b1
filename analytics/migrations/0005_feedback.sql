-- What people thought of results, 1 to 5. Of one rater and task the newest counts; all are kept.
CREATE TABLE feedback (
    task VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    function VARCHAR NOT NULL,
    agent VARCHAR,
    state VARCHAR NOT NULL,
    rater VARCHAR NOT NULL,
    score INTEGER NOT NULL,
    comment VARCHAR NOT NULL,
    rated_at TIMESTAMP NOT NULL,
    stream_seq UBIGINT NOT NULL
);
