"""The AsyncAPI 3.1 document of everything that is no HTTP request: NATS subjects and WebSocket frames."""

import inspect
import json
from typing import Any

from infra.reference import payload
from infra.reference.contract import HEADERS, SUBJECTS, Subject, shown, stream_of
from infra.reference.version import version
from subjects import channels, codec, errors, messages, names
from subjects.model_call import ModelCall

Json = dict[str, Any]

PAYLOADS: dict[str, tuple[type, ...]] = {
    "result": (messages.Result,),
    "event": (messages.Started, messages.Progress, messages.LogLine, messages.Retried),
    "dead_letter": (messages.DeadLetter,),
    "metric": (messages.SystemMetrics, messages.QueueStatus, messages.Overview, ModelCall),
}
"""What travels on a subject. Where nothing is said it is any JSON: the input or the output of a function."""

WORDS = {
    "queue": "An engine, an agent, or a queue of your own.",
    "function": "The function's name within its queue.",
    "priority": "How urgent.",
    "id": "The task's id: 1 to 64 characters of A-Z, a-z, 0-9, _ and -.",
    "kind": "Which event or measurement.",
    "host": "The machine, the queue, or `cluster`.",
    "name": "The query's name.",
    "verb": "What to do.",
    "engine": "One of the four engines.",
    "target": "A worker's id, or all.",
    "namespace": "A namespace of memories.",
    "scope": "day or task.",
    "key": "The day in UTC, as 20300131, or the task's id.",
    "unit": "tokens, or usd in billionths.",
}
"""What the variable parts of subjects are."""

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer", "minimum": 0}
COMMAND_ID: Json = {"type": ["string", "integer", "null"]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


COMMANDS: dict[str, tuple[str, Json]] = {
    "subscribe": ("Listen to a channel, or to all that a pattern takes.", _ref("Wanted")),
    "unsubscribe": ("Listen no more.", _ref("Wanted")),
    "submit": (
        "Put a task into the queue. Sent again with the same id, it is the same task.",
        _ref("Submission"),
    ),
    "agent_task": ("The same, under the name that agents' clients use.", _ref("Submission")),
    "cancel": ("Cancel a task.", _ref("Target")),
    "get_agent_status": ("One agent's state, or that of all.", _ref("Agent")),
    "ping": ("Ask whether the gateway is there.", {}),
}
"""Frames from a client, by type."""

ANSWERS: dict[str, tuple[str, Json]] = {
    "ready": ("The first frame.", {"version": NUMBER, "connection": TEXT, "heartbeat": {"type": "number"}}),
    "subscribed": (
        "One channel that is listened to now, after `seq`.",
        {"channel": TEXT, "seq": NUMBER, "epoch": TEXT},
    ),
    "unsubscribed": ("What is listened to no more.", {"channels": {"type": "array", "items": TEXT}}),
    "ack": ("A command was done; the payload is its answer.", {"payload": {}}),
    "error": (
        "A frame was refused; the payload is a problem.",
        {"payload": _ref("Problem")},
    ),
    "gap": (
        "Messages that will not be sent: too far back, gone, or of a stream that was made anew.",
        {
            "channel": TEXT,
            "from": NUMBER,
            "to": NUMBER,
            "epoch": TEXT,
            "reason": {"enum": ["slow", "trimmed", "epoch"]},
        },
    ),
    "pong": ("The answer to a ping.", {"payload": {}}),
}
"""Frames from the gateway that are no events, by type, with their members."""


def text() -> str:
    """The document as JSON."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> Json:
    """The document."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "reVoAgent",
            "version": version(),
            "description": "Tasks, results, events and measurements on NATS, and the same in WebSocket "
            "frames.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "NATS with JetStream."},
            "gateway": {
                "host": "127.0.0.1:12000",
                "protocol": "ws",
                "description": "A gateway.",
            },
        },
        "channels": {**{own.build: _subject(own) for own in SUBJECTS}, "socket": _socket()},
        "operations": {**{own.build: _operation(own) for own in SUBJECTS}, **_socket_operations()},
        "components": {"schemas": _schemas(), "messages": _frames()},
    }


def _subject(own: Subject) -> Json:
    address = shown(own).replace("<", "{").replace(">", "}")
    kinds = PAYLOADS.get(own.build, ())
    found: Json = {
        "address": address,
        "description": (inspect.getdoc(getattr(names, own.build)) or "").splitlines()[0],
        "servers": [{"$ref": "#/servers/nats"}],
        "parameters": {part.lower(): _parameter(part.lower()) for part in own.given},
        "messages": {kind.__name__: _message(kind) for kind in kinds} or {"any": _any(own)},
    }
    if stream_of(own) != "-":
        found["x-stream"] = stream_of(own)
    return found


def _parameter(name: str) -> Json:
    words: Json = {"description": WORDS[name]}
    return {**words, "enum": list(names.PRIORITIES), "default": "medium"} if name == "priority" else words


def _message(kind: type[Any]) -> Json:
    said = (inspect.getdoc(kind) or kind.__name__).splitlines()[0]
    return {
        "name": kind.__name__,
        "title": said,
        "payload": _ref(kind.__name__),
    }


def _any(own: Subject) -> Json:
    message: Json = {"name": own.build, "title": "Any JSON", "payload": {}}
    if own.build in ("memory", "forgotten"):
        message |= {"title": "For workers alone", "contentType": "application/msgpack"}
    if own.build == "spent":
        message |= {"title": "A counter: no payload, `Nats-Incr` in the header"}
    if own.build == "task":
        headers = {getattr(codec, key): {"type": "string", "description": said} for key, _, said in HEADERS}
        message |= {
            "title": "The input of the function",
            "headers": {"type": "object", "properties": headers},
        }
    return message


def _operation(own: Subject) -> Json:
    # We receive what others may publish, and send what others may listen to.
    receives = own.build in ("task", "schedule", "call", "cancel", "control", "engine_control", "query")
    return {
        "action": "receive" if receives else "send",
        "channel": {"$ref": f"#/channels/{own.build}"},
        "summary": f"Written by {own.written}; read by {own.read}.",
    }


def _socket() -> Json:
    frames = {name: {"$ref": f"#/components/messages/{name}"} for name in _frames()}
    return {
        "address": "/ws/{connection}",
        "description": "One socket. Errors are frames, not closes; a command that is sent again is done "
        "once.",
        "servers": [{"$ref": "#/servers/gateway"}],
        "parameters": {"connection": {"description": "The client's own id for this connection."}},
        "messages": frames,
    }


def _socket_operations() -> Json:
    def messages_of(frames: list[str]) -> list[Json]:
        return [{"$ref": f"#/channels/socket/messages/{name}"} for name in frames]

    here = {"channel": {"$ref": "#/channels/socket"}}
    events = [f"event_{channel.name}" for channel in channels.CHANNELS]
    return {
        "hear": {**here, "action": "receive", "messages": messages_of([f"do_{name}" for name in COMMANDS])},
        "say": {**here, "action": "send", "messages": messages_of([f"told_{name}" for name in ANSWERS])},
        "tell": {**here, "action": "send", "messages": messages_of(events)},
    }


def _frames() -> Json:
    found: Json = {}
    for name, (said, given) in COMMANDS.items():
        found[f"do_{name}"] = _frame(name, said, {"id": COMMAND_ID, "payload": given})
    for name, (said, rest) in ANSWERS.items():
        found[f"told_{name}"] = _frame(name, said, {"id": COMMAND_ID, **rest})
    for channel in channels.CHANNELS:
        found[f"event_{channel.name}"] = _event(channel)
    return found


def _frame(type: str, said: str, members: Json) -> Json:
    properties = {"type": {"const": type}, **members}
    return {
        "name": type,
        "title": said,
        "payload": {"type": "object", "required": ["type"], "properties": properties},
    }


def _event(channel: channels.Channel) -> Json:
    kinds = (channel.payload,) if channel.payload is not None else PAYLOADS["event"]
    inner = [_ref(kind.__name__) for kind in kinds]
    frame = _frame(
        "event",
        channel.why,
        {
            "channel": {"const": channel.name},
            "payload": inner[0] if len(inner) == 1 else {"anyOf": inner},
            "seq": {**NUMBER, "description": "Its place in the stream."},
            "prev": {**NUMBER, "description": "The place of the frame sent before it on this channel."},
            "epoch": {"type": "string", "description": "Changes when the stream was made anew."},
        },
    )
    frame["payload"]["required"] = ["type", "channel", "payload", "seq", "prev", "epoch"]
    return {**frame, "x-stream": channel.stream, "x-subjects": channel.filter, "x-slow-client": channel.keep}


def _schemas() -> Json:
    kinds: list[type] = [messages.Submission, messages.Accepted, messages.TaskView, errors.ErrorInfo]
    kinds += [kind for own in PAYLOADS.values() for kind in own]
    kinds += [channel.payload for channel in channels.CHANNELS if channel.payload is not None]
    found: Json = {}
    for kind in kinds:
        described = payload.of(kind)
        found.update(described.pop("$defs", {}))
        found[kind.__name__] = described
    text = json.dumps(found).replace("#/$defs/", "#/components/schemas/")
    moved: Json = json.loads(text)
    return dict(sorted({**moved, **_spoken()}.items()))


def _spoken() -> Json:
    """What only sockets say."""
    from gateway.fanout import Wanted  # noqa: PLC0415 - the gateway is only needed for this page

    return {
        "Wanted": payload.of(Wanted),
        "Target": {"type": "object", "required": ["id"], "properties": {"id": TEXT, "reason": TEXT}},
        "Agent": {"type": "object", "properties": {"agent": TEXT}},
        "Problem": {
            "type": "object",
            "description": "RFC 9457, with the code and the retryability of the error's row.",
            "required": ["type", "title", "status", "detail", "code", "retryable"],
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "code": {"enum": [row.code for row in errors.ROWS]},
                "retryable": {"type": "boolean"},
            },
        },
    }
