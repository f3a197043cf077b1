"""The streams, buckets and lanes that must exist, as data: `infra.topology` compares and applies them.

Sizes, limits and why each option is as it is: docs/reference/streams.md is generated from here.
"""

from typing import Any, Literal

from msgspec import Struct

from subjects import names

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MIB = 1 << 20

MAX_INPUT = 1 * MIB
"""Largest task input, bytes; more is refused (raw publishes above it get the server's own error)."""
MAX_EMBEDDED_INPUT = 256 * 1024
"""Largest input that a result repeats; a larger one is kept in the object store and referred to."""
MAX_OUTPUT = 1 * MIB
"""Largest output inside a result; a larger one goes to the object store."""
MAX_OBJECT = 100 * MIB
"""Largest output at all."""

ACK_WAIT = 30.0
"""Seconds that a silent worker keeps a task; renewed every third of it."""
MAX_DELIVER = 50
"""The server's own end of patience. Attempts are counted by workers; this stops what kills all of them."""
DUPLICATE_WINDOW = 120.0

STREAM_TASKS = "TASKS"
STREAM_RESULTS = "RESULTS"
STREAM_EVENTS = "EVENTS"
STREAM_METRICS = "METRICS"
STREAM_DEAD = "DLQ"
STREAM_SPENT = "SPENT"
STREAM_MEMORIES = "MEMORIES"
STREAM_AGENTS = "KV_agents"
"""Behind the bucket `agents`."""

PAUSES = f"$JS.EVENT.ADVISORY.CONSUMER.PAUSE.{STREAM_TASKS}.*"
"""The server's notice that a lane was paused or goes on; whoever did it, also `nats consumer pause`."""


class Stream(Struct, frozen=True):
    """One stream as the server should have it."""

    name: str
    why: str
    config: dict[str, Any]


class Bucket(Struct, frozen=True):
    """One key-value or object bucket.

    What is `volatile` need not survive a power cut. It is kept in a file all the same: the server forgets
    that a stream in memory ever was when it starts anew.
    """

    name: str
    why: str
    kind: Literal["kv", "object"] = "kv"
    history: int = 1
    volatile: bool = False
    ttl_marker: float = 0.0
    max_age: float = 0.0


STREAMS: tuple[Stream, ...] = (
    Stream(
        STREAM_TASKS,
        "What is to be done. A message leaves when it is acknowledged; schedules wait here too.",
        {
            "subjects": [names.TASKS, names.SCHEDULES, names.WORKFLOWS],
            "retention": "workqueue",
            "storage": "file",
            "discard": "old",
            "allow_direct": True,
            "allow_msg_ttl": True,
            "allow_msg_schedules": True,
            "allow_atomic": True,
            "duplicate_window": int(DUPLICATE_WINDOW * SECOND),
            "max_msg_size": MAX_INPUT + 64 * 1024,
            "subject_transform": {
                "src": "task.*.*",
                "dest": "task.{{wildcard(1)}}.medium.{{wildcard(2)}}",
            },
            "republish": {"src": names.TASKS, "dest": "live.task.>", "headers_only": True},
        },
    ),
    Stream(
        STREAM_RESULTS,
        "What came of it: one message a task, the first one wins.",
        {
            "subjects": [names.RESULTS],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "discard_new_per_subject": True,
            "max_msgs_per_subject": 1,
            "max_age": 7 * DAY,
            "allow_direct": True,
            "allow_msg_ttl": True,
            "duplicate_window": int(DUPLICATE_WINDOW * SECOND),
            "republish": {"src": names.RESULTS, "dest": "live.result.>"},
        },
    ),
    Stream(
        STREAM_EVENTS,
        "What tasks tell of themselves while they run.",
        {
            "subjects": [names.EVENTS],
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "persist_mode": "async",
            "max_age": 1 * DAY,
            "max_bytes": 512 * MIB,
            "max_msgs_per_subject": 1000,
            "allow_direct": True,
            "republish": {"src": names.EVENTS, "dest": "live.event.>"},
        },
    ),
    Stream(
        STREAM_METRICS,
        "Measurements of hosts, workers and queues.",
        {
            "subjects": [names.METRICS],
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "persist_mode": "async",
            "max_age": 1 * DAY,
            "max_bytes": 256 * MIB,
            "compression": "s2",
            "allow_direct": True,
            "republish": {"src": names.METRICS, "dest": "live.metric.>"},
        },
    ),
    Stream(
        STREAM_SPENT,
        "What language models used, a counter for each day and task; the server adds up.",
        {
            "subjects": [names.SPENT],
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "max_age": 8 * DAY,
            "max_msgs_per_subject": 1,
            "allow_msg_counter": True,
            "allow_direct": True,
            "duplicate_window": int(DUPLICATE_WINDOW * SECOND),
        },
    ),
    Stream(
        STREAM_DEAD,
        "Tasks that failed for good, and the server's own notices of messages it gave up on.",
        {
            "subjects": [
                names.DEAD,
                "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.TASKS.*",
                "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TASKS.*",
            ],
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "max_age": 30 * DAY,
            "allow_direct": True,
        },
    ),
    Stream(
        STREAM_MEMORIES,
        "What is remembered: one subject a memory. What is replaced or forgotten is overwritten on the disk, "
        "so nothing here is dropped by a limit, which would leave its bytes.",
        {
            "subjects": [names.MEMORIES, names.FORGOTTEN],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "allow_direct": True,
            "allow_msg_ttl": True,
            "duplicate_window": int(DUPLICATE_WINDOW * SECOND),
        },
    ),
)

WORKERS_TTL = 15
"""Seconds after which a silent worker is gone from the `workers` bucket."""

BUCKETS: tuple[Bucket, ...] = (
    Bucket(
        "workers", "Who runs what right now; a key lives 15 s unless renewed.", volatile=True, ttl_marker=10.0
    ),
    Bucket(
        "places",
        "What supervisors keep for workers, the empty places too; a key lives 15 s unless renewed.",
        volatile=True,
        ttl_marker=10.0,
    ),
    Bucket(
        "claims", "Who hands over a dead worker's tasks: the first to write.", volatile=True, ttl_marker=10.0
    ),
    Bucket("functions", "What has ever been announced: name, schemas, limits.", history=8),
    Bucket("config", "What is changed at run time, such as the rules of routing.", history=20),
    Bucket(
        "coordination",
        "Seats of the coordinator's rules, and engines that are out of service.",
        volatile=True,
    ),
    Bucket("agents", "Agents that people registered, with twenty former states of each.", history=20),
    Bucket(
        "alert_rules", "Rules of alerting that people wrote, with twenty former states of each.", history=20
    ),
    Bucket(
        "alerts", "Each alert that rings, and for a day each that ended: whoever writes first tells of it."
    ),
    Bucket("silences", "What keeps alerts quiet, each until its time."),
    Bucket("schedules", "Recurring tasks as they were asked for.", history=8),
    Bucket("payloads", "Inputs and outputs too large for a message.", kind="object", max_age=7 * 86_400.0),
    Bucket("projects", "Packed projects that functions work on.", kind="object", max_age=7 * 86_400.0),
    Bucket("artifacts", "Files that functions made, by their SHA-256.", kind="object", max_age=30 * 86_400.0),
)


def stream_config(stream: Stream, replicas: int) -> dict[str, Any]:
    """The body of STREAM.CREATE. Asynchronous persistence exists for one replica only."""
    config = {"name": stream.name, "num_replicas": replicas, **stream.config}
    if replicas > 1:
        config.pop("persist_mode", None)
    return config


def lane_config(queue: str, priority: str) -> dict[str, Any]:
    """The durable consumer of one lane."""
    return {
        "durable_name": names.lane_consumer(queue, priority),
        "ack_policy": "explicit",
        "filter_subject": names.lane(queue, priority),
        "ack_wait": int(ACK_WAIT * SECOND),
        "max_deliver": MAX_DELIVER,
        "max_ack_pending": 4096,
        "max_waiting": 4096,
    }
