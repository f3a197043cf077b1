-- The registered agent that a task was given to; null where it was given to a function.

ALTER TABLE tasks ADD COLUMN agent VARCHAR;
ALTER TABLE events ADD COLUMN agent VARCHAR;
