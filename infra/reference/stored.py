"""Streams, buckets and lanes, with each option and why it is so."""

import ast
import inspect
import itertools
from typing import Any

import msgspec

from infra.reference.markdown import code, page, table
from subjects import kv, streams

WHY = {
    "subjects": "What it takes.",
    "retention": "`workqueue`: a message is gone once it is acknowledged; `limits`: it stays until it is "
    "too old.",
    "storage": "A file: the server forgets what it had in memory when it starts anew.",
    "discard": "When full: `new` refuses with an error, `old` drops the oldest. A stream with schedules "
    "must say `old`.",
    "discard_new_per_subject": "The limit holds for each subject by itself.",
    "max_msgs_per_subject": "How many of one subject are kept: of a result one, which makes the outcome "
    "unique.",
    "max_age": "How long a message is kept. Never set on tasks: what waits must not vanish.",
    "max_bytes": "How large it may become. Tasks have no limit of their own; the server's store has one.",
    "max_msg_size": "Larger ones are refused: a full input and room for headers.",
    "allow_direct": "Reads of single messages are answered without a consumer.",
    "allow_msg_counter": "the server adds up: `Nats-Incr: +5` raises the counter of a subject by 5",
    "allow_msg_ttl": "A message can say how long it lives.",
    "allow_msg_schedules": "The server publishes a delayed or recurring task itself, when it is due.",
    "allow_atomic": "Several messages can be stored as one.",
    "duplicate_window": "A repeat of a `Nats-Msg-Id` within this time is dropped.",
    "subject_transform": "The short form of a task becomes priority medium.",
    "republish": "What was accepted is published once more under `live.`: the feed of gateways and of who "
    "waits.",
    "persist_mode": "`async`: acknowledged before it is on disk; for what may be lost with the server, and "
    "only there.",
    "compression": "Measurements look alike.",
    "allow_rollup_hdrs": "One message can replace all of a subject; the key-value commands need it.",
    "deny_delete": "A value is replaced or marked as deleted, never taken out of its history.",
    "subject_delete_marker_ttl": "A key that expires leaves a mark for so long, so that others notice.",
    "num_replicas": "Copies on a cluster: the setting `REVOAGENT_REPLICAS`.",
    "durable_name": "The lane's name; all workers of a queue share it.",
    "ack_policy": "Each message by itself: the only truth about a running task is that it is not "
    "acknowledged.",
    "filter_subject": "One lane, one consumer: a consumer with several filters delivers in the order of "
    "arrival.",
    "ack_wait": "A silent worker loses a task after this time. Workers renew it every third of it.",
    "max_deliver": "The server's own end of patience; then the task fails with `worker_lost`.",
    "max_ack_pending": "How many of a lane may be on their way at once, over all workers.",
    "max_waiting": "How many pulls may wait at the server.",
}
"""Every option that a stream, a bucket or a lane uses."""

LIMITS = (
    "MAX_INPUT",
    "MAX_EMBEDDED_INPUT",
    "MAX_OUTPUT",
    "MAX_OBJECT",
    "ACK_WAIT",
    "MAX_DELIVER",
    "WORKERS_TTL",
)

_TIMES = {"max_age", "duplicate_window", "subject_delete_marker_ttl", "ack_wait"}
_SIZES = {"max_bytes", "max_msg_size"}
_PLAIN = {"name", "description"}


def streams_page() -> str:
    """Everything that is kept."""
    parts = []
    for stream in streams.STREAMS:
        parts += [f"### {stream.name}", stream.why, options(streams.stream_config(stream, 1))]
    for bucket in streams.BUCKETS:
        make = kv.bucket_config if bucket.kind == "kv" else kv.object_config
        kind = "Key-value bucket" if bucket.kind == "kv" else "Object bucket"
        lost = ", need not survive a power cut" if bucket.volatile else ""
        parts += [f"### {bucket.name}", f"{kind}{lost}. {bucket.why}", options(make(bucket, 1))]
    lane = streams.lane_config("QUEUE", "PRIORITY")
    said = documented(streams)
    limits = [(code(name), value(name.lower(), getattr(streams, name)), said[name]) for name in LIMITS]
    return page(
        "Streams, buckets, lanes",
        "What the server keeps. `revo up` creates and updates all of it; running it again changes nothing. "
        "With more than one copy, `persist_mode` is left out: the server has it for one copy only. "
        "Source: `subjects/streams.py`, `subjects/kv.py`.",
        "## Streams and buckets",
        *parts,
        "## Lanes",
        "One durable pull consumer on TASKS for each queue and priority, made by the first worker that "
        "serves it.",
        options(lane).replace("QUEUE", "<queue>").replace("PRIORITY", "<priority>"),
        "## Limits",
        table(("name", "value", "meaning"), limits),
    )


def options(config: dict[str, Any]) -> str:
    """One configuration as a table."""
    rows = [(code(key), value(key, own), WHY[key]) for key, own in config.items() if key not in _PLAIN]
    return table(("option", "value", "why"), rows)


def value(key: str, own: Any) -> str:
    """A value as people say it.

    >>> value("max_age", 7 * streams.DAY), value("max_bytes", 512 << 20), value("storage", "file")
    ('7 days', '512 MiB', '`file`')
    """
    if key in _TIMES and isinstance(own, int):
        return seconds(own / streams.SECOND)
    if key in _SIZES or (key.startswith("max_") and isinstance(own, int) and own >= 1 << 16):
        return size(own)
    if isinstance(own, str):
        return code(own)
    if isinstance(own, list):
        return ", ".join(code(one) for one in own)
    if isinstance(own, dict):
        return ", ".join(f"{name} {value(name, one)}" for name, one in own.items())
    return msgspec.json.encode(own).decode()


def seconds(number: float) -> str:
    """A time as people say it."""
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if number >= unit and number % unit == 0:
            return f"{number / unit:g} {name if number > unit else name[:-1]}"
    return f"{number:g} s"


def size(number: int) -> str:
    """A number of bytes as people say it."""
    for shift, name in ((20, "MiB"), (10, "KiB")):
        if number >= 1 << shift:
            return f"{number / (1 << shift):.4g} {name}"
    return f"{number} bytes"


def documented(module: Any) -> dict[str, str]:
    """The constants of a module that have a sentence below them, with that sentence."""
    body = ast.parse(inspect.getsource(module)).body
    found: dict[str, str] = {}
    for node, below in itertools.pairwise(body):
        if (
            isinstance(node, ast.Assign)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            said = str(below.value.value)
            found.update((target.id, said) for target in node.targets if isinstance(target, ast.Name))
    return found
