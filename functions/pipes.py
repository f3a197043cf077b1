"""What a worker and the child process of one task say to each other: one JSON object a line."""

from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from functions.ports import SandboxLevel, Ways
from subjects.errors import ErrorInfo
from subjects.messages import LogLine, Progress, Submission, Task


class Job(Struct, frozen=True):
    """Worker to child, first line: what to run."""

    target: str
    task: Task
    seconds: float
    memory: int
    sandbox: SandboxLevel
    sandbox_reason: str
    model: bool = False
    embeds: bool = False
    advisories: str = ""
    ways: Ways = Ways()
    deploy: str = ""


class Reply(Struct, frozen=True):
    """Worker to child: the answer to an Ask."""

    number: int
    output: Raw = Raw(b"null")
    error: ErrorInfo | None = None


class TellProgress(Struct, frozen=True, tag="progress", tag_field="kind"):
    """Child to worker: publish this."""

    event: Progress


class TellLog(Struct, frozen=True, tag="log", tag_field="kind"):
    """Child to worker: publish this."""

    event: LogLine


class AskRun(Struct, frozen=True, tag="run", tag_field="kind"):
    """Child to worker: run a child task and send its output."""

    number: int
    submission: Submission


class AskDirectory(Struct, frozen=True, tag="directory", tag_field="kind"):
    """Child to worker: a project as a directory."""

    number: int
    path: str | None
    archive: str | None


class AskPort(Struct, frozen=True, tag="port", tag_field="kind"):
    """Child to worker: call a method of one of the worker's ports. Arguments and answer are JSON."""

    number: int
    port: Literal["artifacts", "fleet", "memory", "model"]
    method: str
    arguments: Raw


class End(Struct, frozen=True, tag="end", tag_field="kind"):
    """Child to worker, last line: one of the outcomes by its name, with its fields."""

    outcome: str
    output: Raw = Raw(b"null")
    error: ErrorInfo | None = None
    delay: float | None = None


FromChild = TellProgress | TellLog | AskRun | AskDirectory | AskPort | End

from_child = msgspec.json.Decoder(FromChild)
to_child = msgspec.json.Decoder(Reply)
job = msgspec.json.Decoder(Job)


def line(value: Any) -> bytes:
    """A value as one line."""
    return msgspec.json.encode(value) + b"\n"
