-- The time of day as it was last believed (analytics/clock.py); one row at most.
CREATE TABLE clock (one BOOLEAN PRIMARY KEY, believed_at TIMESTAMP NOT NULL);
