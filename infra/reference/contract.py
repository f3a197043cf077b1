"""Errors, subjects, headers, messages and channels: what both ends of a wire agree on."""

import inspect
from typing import Any, NamedTuple

from infra import cli
from infra.reference import payload
from infra.reference.markdown import code, members, page, table
from subjects import channels as table_of_channels
from subjects import codec, fleet, messages, names, streams
from subjects.channels import ENGINES, matches
from subjects.errors import ROWS, ErrorInfo
from subjects.model_call import ModelCall


def errors() -> str:
    """Every error: code, status, whether trying again can help, and its text."""
    rows = [
        (
            code(row.code),
            str(row.status),
            "yes" if row.retryable else "no",
            str(cli.exit_code(row())),
            row.title(),
        )
        for row in ROWS
    ]
    return page(
        "Errors",
        "The same row stands behind the `error` of a result, the problem document of an HTTP answer "
        "(`type` is `/problems/<code>`) and the error frame of a socket. *Try again* says whether the same "
        "thing can succeed later. *Exit* is the exit code of `revo`. Source: `subjects/errors.py`.",
        table(("code", "HTTP", "try again", "exit", "meaning"), rows),
    )


class Subject(NamedTuple):
    """A subject of the reference: how it is built, who writes it, who listens."""

    build: str
    given: tuple[str, ...]
    written: str
    read: str


SUBJECTS = (
    Subject("task", ("QUEUE", "FUNCTION", "PRIORITY", "ID"), "every door", "the lane's consumer"),
    Subject("result", ("QUEUE", "FUNCTION", "ID"), "a worker; who cancels", "gateway, analytics, who waits"),
    Subject("event", ("QUEUE", "FUNCTION", "ID", "KIND"), "the worker", "gateway, analytics, who follows"),
    Subject("schedule", ("ID",), "the client; a worker for a late retry", "the server, when it is due"),
    Subject("dead_letter", ("QUEUE", "FUNCTION", "ID"), "the worker", "`revo dlq`"),
    Subject("call", ("QUEUE", "FUNCTION"), "who asks", "one worker, as a NATS micro service"),
    Subject("agent_call", ("ID",), "who asks", "one gateway, as a NATS micro service"),
    Subject("cancel", ("ID",), "who cancels", "every worker"),
    Subject("control", ("VERB", "TARGET"), "`revo worker`, the supervisor", "workers, supervisors"),
    Subject("engine_control", ("ENGINE", "VERB"), "operators, `revo engine`", "any worker"),
    Subject("metric", ("HOST", "KIND"), "the reporter, analytics", "gateway, analytics"),
    Subject(
        "spent", ("SCOPE", "KEY", "UNIT"), "a worker that asks a model", "the same, before the next call"
    ),
    Subject("query", ("NAME",), "who asks", "analytics"),
    Subject("memory", ("NAMESPACE", "ID"), "a worker", "every worker that is asked to remember"),
    Subject("forgotten", ("NAMESPACE",), "a worker", "every worker that is asked to remember"),
)
"""What can be published, by the builder in `subjects.names`. Wildcard forms and lanes are not subjects."""

HEADERS = (
    (
        "MSG_ID",
        "who publishes",
        "The id, where the subject has none. A repeat within 120 s is dropped.",
    ),
    ("CE_ID", "who publishes", "The id of a CloudEvent, where there is no `Nats-Msg-Id`."),
    ("TIMEOUT", "who publishes", "Seconds for one attempt."),
    ("MAX_ATTEMPTS", "who publishes", "Give up after so many attempts, 1 to 100."),
    ("AGENT", "the door", "Whose task it is; the functions it may use are checked at the door."),
    ("MEMORY", "who publishes", "Bytes of address space for an attempt, which runs in a process of its own."),
    ("TENANT", "who publishes", "Carried along; nothing is decided by it yet."),
    ("TRACE", "who publishes", "W3C trace context, carried into the result."),
    ("PARENT", "a worker", "The task that submitted this one."),
    ("SCHEDULE", "the schedule", "Name of the recurring task that this is one run of."),
    ("ATTEMPT", "a worker", "Which attempt a task that was put on the calendar again is."),
    ("SUBMITTED", "a worker", "When the task was first submitted, where it was written anew."),
    ("DOOR", "our client", "Which door it came through; the id was checked against finished tasks."),
    ("EXPECTED", "our client", "0: only where the subject is empty. This makes an id and an outcome unique."),
    ("EXPECTED_SUBJECT", "our client", "The subject filter that the expectation is about."),
)
"""Name in `subjects.codec`, who sets it, what it means."""

MESSAGES: tuple[type, ...] = (
    messages.Submission,
    messages.Accepted,
    messages.Result,
    ErrorInfo,
    messages.TaskView,
    messages.Started,
    messages.Progress,
    messages.LogLine,
    messages.Retried,
    messages.Schedule,
    messages.DeadLetter,
    messages.FunctionInfo,
    messages.WorkerInfo,
    fleet.Supervised,
    fleet.Ended,
    fleet.HandedOver,
    messages.Reference,
    ModelCall,
)


def subjects() -> str:
    """Subjects, headers and messages."""
    rows = [(code(shown(own)), _meaning(own), stream_of(own), own.written, own.read) for own in SUBJECTS]
    headers = [(code(getattr(codec, key)), who, meaning) for key, who, meaning in HEADERS]
    return page(
        "Subjects, headers, messages",
        "A token between two dots is 1 to 64 characters of `A-Z`, `a-z`, `0-9`, `_` and `-`. "
        f"Priorities: {', '.join(reversed(names.PRIORITIES))}. `task.<queue>.<function>` is the short form "
        f"of a "
        "task at priority medium; the id may be left out, then the stream's number names it. "
        "Source: `subjects/names.py`.",
        table(("subject", "meaning", "kept in", "written by", "read by"), rows),
        "What a stream accepts is republished under `live.`: tasks without their payload, results, events "
        "and "
        "measurements whole. Nothing stores `live.>`; it is for who listens now. `conn.up` and `conn.down` "
        "are the "
        "server's own notices of connections, imported into the account.",
        "## Headers",
        "Source: `subjects/codec.py`. A header of a task that cannot be read makes the task `rejected`.",
        table(("header", "set by", "meaning"), headers),
        "## Messages",
        "JSON. Times are RFC 3339 in UTC. Source: `subjects/messages.py`.",
        *(part for kind in MESSAGES for part in _message(kind, {kind.__name__ for kind in MESSAGES})),
    )


def channels() -> str:
    """What a client can subscribe to, with the payload of each."""
    rows = [
        (code(own.name), own.why, code(own.filter), own.stream, _keep(own.keep), _payload_name(own.payload))
        for own in table_of_channels.CHANNELS
    ]
    kinds = {own.payload for own in table_of_channels.CHANNELS if own.payload is not None}
    return page(
        "Channels",
        "What can be subscribed to on a WebSocket (`/ws/{connection_id}`, frame `subscribe`) and as "
        "Server-Sent "
        "Events. An event frame is `{type, channel, payload, seq, prev, epoch}`: `seq` is its place in the "
        "stream, "
        "`prev` the place of the frame that was sent before it on this channel, `epoch` changes when the "
        "stream was "
        "made anew. Source: `subjects/channels.py`.",
        table(("channel", "tells", "subjects", "stream", "a slow client gets", "payload"), rows),
        f"Engines are {', '.join(code(name) for name in ENGINES)}; every other queue is an agent.",
        "## Payloads",
        *(part for kind in sorted(kinds, key=lambda kind: kind.__name__) for part in _message(kind, set())),
    )


def shown(own: Subject) -> str:
    """A subject with its variable parts in angle brackets.

    >>> shown(Subject("result", ("QUEUE", "FUNCTION", "ID"), "", ""))
    'result.<queue>.<function>.<id>'
    """
    subject: str = getattr(names, own.build)(*own.given)
    for part in own.given:
        subject = subject.replace(part, f"<{part.lower()}>")
    return subject


def stream_of(own: Subject) -> str:
    """The stream that keeps a subject, or a dash where nothing does."""
    subject = shown(own)
    found = [
        stream.name
        for stream in streams.STREAMS
        if any(matches(taken, subject) for taken in stream.config["subjects"])
    ]
    return found[0] if found else "-"


def _meaning(own: Subject) -> str:
    return (inspect.getdoc(getattr(names, own.build)) or "").splitlines()[0]


def _message(kind: type[Any], told: set[str]) -> list[str]:
    return [f"### {kind.__name__}", inspect.getdoc(kind) or "", members(payload.of(kind), told)]


def _payload_name(kind: type | None) -> str:
    return "any event of a task" if kind is None else kind.__name__


def _keep(keep: str) -> str:
    return "everything, later, or a `gap`" if keep == "all" else "the newest of each subject"
