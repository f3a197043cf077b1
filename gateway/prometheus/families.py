"""Every metric, once: name, kind, labels and meaning. Dashboards and rules are checked against it."""

from typing import Literal

from msgspec import Struct

Kind = Literal["counter", "gauge", "histogram"]

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
TASK_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
"""From a function that only looks something up to an agent that works for hours."""


class Family(Struct, frozen=True):
    """One metric. A counter's name ends in `_total`; units are base units: seconds, bytes, ratios of 1."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """The names that its samples have."""
        if self.kind == "histogram":
            return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
        return (self.name,)


_LANE = ("queue", "priority")
_MODEL = ("provider", "model")

FAMILIES: tuple[Family, ...] = (
    Family("revo_build_info", "gauge", "Always 1; the version is the label.", ("version",)),
    Family("revo_http_requests_total", "counter", "Answered requests.", ("method", "route", "status")),
    Family(
        "revo_http_request_seconds", "histogram", "Time to answer a request.", ("route",), REQUEST_SECONDS
    ),
    Family(
        "revo_frames_sent_total",
        "counter",
        "Event frames sent to sockets and event streams.",
        ("channel",),
    ),
    Family(
        "revo_gaps_total",
        "counter",
        "Gap frames: a client was told that it missed something.",
        ("channel", "reason"),
    ),
    Family("revo_socket_commands_total", "counter", "Commands that came over sockets.", ("type", "outcome")),
    Family("revo_sockets_closed_total", "counter", "Sockets that this gateway closed, by code.", ("code",)),
    Family("revo_nats_connected", "gauge", "Whether a NATS server is on the line."),
    Family("revo_listeners", "gauge", "Sockets and event streams that are open."),
    Family("revo_subscriptions", "gauge", "Their subscriptions."),
    Family("revo_submits_open", "gauge", "Submissions on their way to disk."),
    Family(
        "revo_tasks_finished_total",
        "counter",
        "Outcomes stored since this gateway started; each gateway counts all of them.",
        ("queue", "function", "state"),
    ),
    Family(
        "revo_task_queue_seconds",
        "histogram",
        "From submission to the start of the last attempt.",
        ("queue",),
        TASK_SECONDS,
    ),
    Family(
        "revo_task_run_seconds",
        "histogram",
        "From the start of the last attempt to the outcome.",
        ("queue",),
        TASK_SECONDS,
    ),
    Family("revo_lane_queued", "gauge", "Tasks that wait in a lane, as its leader counts them.", _LANE),
    Family("revo_lane_running", "gauge", "Tasks of a lane that workers hold, as its leader counts.", _LANE),
    Family("revo_lane_oldest_seconds", "gauge", "Age of the oldest task that waits in a lane.", _LANE),
    Family("revo_lane_paused", "gauge", "Whether a lane is stopped.", _LANE),
    Family(
        "revo_tasks_unserved",
        "gauge",
        "Tasks that wait on queues that no worker serves, as analytics counts them; absent without it.",
    ),
    Family("revo_dead_letters", "gauge", "Tasks that failed for good, as analytics counts them."),
    Family("revo_workers", "gauge", "Workers that are alive."),
    Family("revo_queue_workers", "gauge", "Workers alive that serve a queue.", ("queue",)),
    Family("revo_worker_slots", "gauge", "Tasks that a worker runs at once.", ("worker", "host")),
    Family("revo_worker_held", "gauge", "Tasks that a worker holds.", ("worker", "host")),
    Family("revo_worker_memory_bytes", "gauge", "Resident memory of a worker.", ("worker", "host")),
    Family(
        "revo_model_calls_total",
        "counter",
        "Requests to language models since this gateway started.",
        (*_MODEL, "agent", "outcome"),
    ),
    Family(
        "revo_model_tokens_total",
        "counter",
        "Tokens of language models: input or output.",
        (*_MODEL, "direction"),
    ),
    Family(
        "revo_model_cost_dollars_total",
        "counter",
        "US dollars of calls whose price is known.",
        (*_MODEL, "agent"),
    ),
    Family("revo_model_unpriced_calls_total", "counter", "Calls whose price nobody knows.", _MODEL),
    Family("revo_model_seconds", "histogram", "Time of a request to a model.", _MODEL, TASK_SECONDS),
    Family("revo_analytics_up", "gauge", "Whether analytics answers; what it keeps is absent where not."),
    Family("revo_analytics_rows_behind", "gauge", "Messages that are no rows yet.", ("stream",)),
    Family(
        "revo_analytics_seconds_behind",
        "gauge",
        "Age of the newest row while there are messages that are no rows yet; else 0.",
        ("stream",),
    ),
    Family("revo_analytics_file_bytes", "gauge", "Size of the database file, its log not counted."),
    Family("revo_host_cpu_ratio", "gauge", "CPU use of a host, 0 to 1.", ("host",)),
    Family("revo_host_memory_ratio", "gauge", "Memory in use on a host, 0 to 1.", ("host",)),
    Family("revo_host_disk_ratio", "gauge", "Disk in use below the state directory, 0 to 1.", ("host",)),
    Family("revo_host_load1", "gauge", "Load average of a host over one minute.", ("host",)),
    Family("revo_host_network_received_bytes_total", "counter", "Bytes received since boot.", ("host",)),
    Family("revo_host_network_sent_bytes_total", "counter", "Bytes sent since boot.", ("host",)),
    Family("revo_host_age_seconds", "gauge", "Age of a host's last measurement.", ("host",)),
    Family(
        "revo_process_memory_bytes", "gauge", "Resident memory of a part of the system.", ("host", "process")
    ),
    Family("revo_alerts_firing", "gauge", "Alerts that fire or are acknowledged.", ("severity",)),
)
"""In the order in which they are written."""

BY_NAME: dict[str, Family] = {family.name: family for family in FAMILIES}
