"""How the analytics service is to work."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from subjects.settings import NatsSettings

Percent = Annotated[float, Meta(gt=0, le=100)]


class AlertSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the default rules, in percent. A rule of one's own with the same name goes before them."""

    cpu: Annotated[Percent, Meta(description="CPU use that rings.")] = 80.0
    memory: Annotated[Percent, Meta(description="Memory use that rings.")] = 85.0
    disk: Annotated[Percent, Meta(description="Disk use that rings.")] = 90.0


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What one statement of an analyst may have. It runs in a process of its own, on a copy of the rows."""

    rows: Annotated[int, Meta(ge=1, le=1_000_000, description="Rows of one answer at most.")] = 10_000
    bytes: Annotated[int, Meta(ge=1000, description="Bytes of one answer; never above a message.")] = 5 << 20
    seconds: Annotated[float, Meta(ge=0.2, le=600, description="Then its process is killed.")] = 5.0
    memory: Annotated[
        int,
        Meta(ge=512 << 20, description="Bytes of address space of its process, 0.4 GB of them its start."),
    ] = 1536 << 20
    at_once: Annotated[int, Meta(ge=1, le=64, description="Statements that run at one time.")] = 2
    waiting: Annotated[int, Meta(ge=0, le=1000, description="Statements that wait; more are refused.")] = 16
    stale: Annotated[float, Meta(ge=0, description="The copy of the rows is at most this old.")] = 5.0
    kept: Annotated[float, Meta(ge=0, description="The copy is dropped when unasked for so long.")] = 60.0


class AnalyticsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One analytics process: where its rows are and how much it may use. Times are seconds."""

    nats: Annotated[NatsSettings, Meta(description="How to reach the bus.")] = NatsSettings()
    file: Annotated[
        Path, Meta(description="The DuckDB file; deleted, it is filled from the streams again.")
    ] = Path(".revo/analytics.duckdb")
    batch: Annotated[int, Meta(ge=1, le=50_000, description="Rows of one commit at most.")] = 5000
    flush: Annotated[float, Meta(gt=0, le=10, description="A row is committed when it is this old.")] = 0.2
    progress_every: Annotated[
        float, Meta(gt=0, le=3600, description="How often a reader that is far behind tells how it goes.")
    ] = 5.0
    memory: Annotated[str, Meta(pattern=r"^\d+[KMG]B$", description="For DuckDB, such as 512MB.")] = "512MB"
    threads: Annotated[int, Meta(ge=1, le=64, description="Threads of one DuckDB query.")] = 2
    keep_tasks: Annotated[
        int, Meta(ge=1, le=36_500, description="Days of tasks, model calls, alerts and dead letters.")
    ] = 90
    keep_events: Annotated[
        int, Meta(ge=1, le=36_500, description="Days of events and of what was set aside.")
    ] = 14
    keep_metrics: Annotated[
        int, Meta(ge=1, le=36_500, description="Days of measurements and of the load of hosts.")
    ] = 7
    most_rows: Annotated[
        int, Meta(ge=1000, description="Rows of one table at most; its oldest days go, never the last two.")
    ] = 20_000_000
    export_every: Annotated[
        float, Meta(gt=0, le=3600, description="How often Parquet is brought up to date.")
    ] = 600.0
    answer_rows: Annotated[int, Meta(ge=1, le=100_000, description="Rows of one answer at most.")] = 5000
    answer_within: Annotated[float, Meta(gt=0, le=600, description="A slower query is ended.")] = 10.0
    answers_waiting: Annotated[int, Meta(ge=1, description="Questions at once; more are refused.")] = 32
    status_every: Annotated[float, Meta(gt=0, le=60, description="How often queues are looked at.")] = 1.0
    status_repeat: Annotated[float, Meta(gt=0, le=60, description="How often the unchanged is told.")] = 5.0
    alerts: AlertSettings = AlertSettings()
    console: ConsoleSettings = ConsoleSettings()
