"""The tables that are exported and, when they are old, taken out of the file."""

from datetime import date

from msgspec import Struct


class Kept(Struct, frozen=True):
    """A table, the column that says of which day a row is, and the setting that says how long it stays."""

    name: str
    time: str
    keep: str = ""
    row: str = "stream_seq"
    """What tells one row from another."""
    rolled: str = ""
    """The table whose rollups these are. They are exported once the rows that they were made of are gone."""

    @property
    def lasting(self) -> str:
        """The SQL condition for rows that nothing else could bring back."""
        if not self.rolled:
            return "true"
        return f"{self.time} < (SELECT rows_since FROM rollup_marks WHERE source = '{self.rolled}')"  # noqa: S608

    def on(self, day: date) -> str:
        """The SQL condition for the rows of one day."""
        # The next day is reckoned by DuckDB: Python knows none after the last of the year 9999.
        return f"{self.time} >= DATE '{day}' AND {self.time} < DATE '{day}' + INTERVAL 1 DAY"


TABLES: tuple[Kept, ...] = (
    Kept("tasks", "finished_at", "keep_tasks"),
    Kept("events", "happened_at", "keep_events"),
    Kept("metrics", "measured_at", "keep_metrics"),
    Kept("system_metrics", "measured_at", "keep_metrics"),
    Kept("model_calls", "called_at", "keep_tasks"),
    Kept("feedback", "rated_at", "keep_tasks"),
    Kept("alerts", "updated_at", "keep_tasks"),
    Kept("dead_letters", "died_at", "keep_tasks"),
    Kept("quarantine", "stored_at", "keep_events", "concat_ws('/', stream, stream_seq, payload)"),
    Kept("agents", "changed_at"),
    Kept("incidents", "happened_at", row="what"),
    # All of a row tells it from another: a bucket that is made anew has the same names and other figures.
    Kept("task_counts", "starts_at", row="task_counts", rolled="tasks"),
    Kept("task_times", "starts_at", row="task_times", rolled="tasks"),
    Kept("call_counts", "starts_at", row="call_counts", rolled="model_calls"),
    Kept("call_times", "starts_at", row="call_times", rolled="model_calls"),
    Kept("host_loads", "starts_at", row="host_loads", rolled="system_metrics"),
)
"""Without `keep` a table stays whole: it is small."""

BY_NAME = {table.name: table for table in TABLES}
