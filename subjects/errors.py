"""Every error of the system, once: code, HTTP status, whether trying again can help, and a text.

The class is the row. Its docstring is the sentence a person reads first; the message given when it is
raised says what was wrong this time. HTTP turns a row into problem details, a worker into the `error` of a
result, a socket into an error frame.
"""

from typing import Any, ClassVar

import msgspec


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a result says of a task that did not complete."""

    type: str
    message: str
    retryable: bool
    details: dict[str, Any] | None = None


class RevoError(Exception):
    """Something went wrong inside the system."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = True

    def __init__(self, message: str = "", **details: Any) -> None:
        self.message = message or self.title()
        self.details = details
        super().__init__(self.message)

    @classmethod
    def title(cls) -> str:
        """The row's fixed text: the first line of its docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    def info(self) -> ErrorInfo:
        """This error as it stands in a result, a problem document or an error frame."""
        return ErrorInfo(self.code, self.message, self.retryable, self.details or None)


class InvalidJson(RevoError):
    """The payload is not JSON."""

    code, status, retryable = "invalid_json", 400, False


class InvalidUtf8(RevoError):
    """The payload holds bytes that are not UTF-8."""

    code, status, retryable = "invalid_utf8", 400, False


class TooDeep(RevoError):
    """The payload is nested too deeply."""

    code, status, retryable = "too_deep", 400, False


class InvalidInput(RevoError):
    """The input does not have the shape that the function takes."""

    code, status, retryable = "invalid_input", 422, False


class InvalidId(RevoError):
    """A name or id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -."""

    code, status, retryable = "invalid_id", 422, False


class InvalidPriority(RevoError):
    """A priority is one of low, medium, high, critical."""

    code, status, retryable = "invalid_priority", 422, False


class InvalidHeader(RevoError):
    """A task header has a value that cannot be read."""

    code, status, retryable = "invalid_header", 422, False


class InvalidRequest(RevoError):
    """The request does not have the shape that this call takes."""

    code, status, retryable = "invalid_request", 422, False


class UnknownFunction(RevoError):
    """No worker has announced a function of this name."""

    code, status, retryable = "unknown_function", 404, False


class UnknownQueue(RevoError):
    """No worker has announced a function on this queue."""

    code, status, retryable = "unknown_queue", 404, False


class UnknownChannel(RevoError):
    """There is no channel of this name."""

    code, status, retryable = "unknown_channel", 404, False


class NotFound(RevoError):
    """There is nothing of this name or id."""

    code, status, retryable = "not_found", 404, False


class Conflict(RevoError):
    """The idempotency key was used before with another function or input."""

    code, status, retryable = "idempotency_conflict", 409, False


class AlreadyExists(RevoError):
    """There is one of this id already; nothing was changed."""

    code, status, retryable = "already_exists", 409, False


class AgentStopped(RevoError):
    """The agent is stopped and takes no tasks."""

    code, status, retryable = "agent_stopped", 409, False


class OutOfDate(RevoError):
    """It was changed since it was read; nothing was written."""

    code, status, retryable = "out_of_date", 412, False


class AlreadyFinished(RevoError):
    """The task has its outcome already; nothing was changed."""

    code, status, retryable = "already_finished", 409, False


class Forbidden(RevoError):
    """This is not allowed here."""

    code, status, retryable = "forbidden", 403, False


class MethodNotAllowed(RevoError):
    """The address exists, but not for this method."""

    code, status, retryable = "method_not_allowed", 405, False


class PayloadTooLarge(RevoError):
    """The payload is larger than the limit."""

    code, status, retryable = "payload_too_large", 413, False


class UnsupportedMedia(RevoError):
    """The body must be application/json."""

    code, status, retryable = "unsupported_media_type", 415, False


class Overloaded(RevoError):
    """Too much is waiting already; try again later."""

    code, status, retryable = "overloaded", 429, True


class AgentBusy(RevoError):
    """The agent has as many tasks at once as its definition allows."""

    code, status, retryable = "agent_busy", 429, True


class StoreFull(RevoError):
    """The store has no room for more; nothing was accepted."""

    code, status, retryable = "store_full", 507, True


class Unavailable(RevoError):
    """A part that is needed for this does not answer."""

    code, status, retryable = "unavailable", 503, True


class WaitTimeout(RevoError):
    """There was no answer within the time given; the task goes on."""

    code, status, retryable = "wait_timeout", 504, True


class HandlerFailed(RevoError):
    """The function raised an error."""

    code, status, retryable = "handler_failed", 500, True


class Permanent(RevoError):
    """The function said that trying again cannot help."""

    code, status, retryable = "permanent", 500, False


class Refused(RevoError):
    """The function refused the task."""

    code, status, retryable = "refused", 422, False


class TaskTimeout(RevoError):
    """The function did not end within its time limit."""

    code, status, retryable = "timeout", 504, True


class WorkerLost(RevoError):
    """The process that ran the function died."""

    code, status, retryable = "worker_lost", 500, True


class Canceled(RevoError):
    """The task was canceled."""

    code, status, retryable = "canceled", 409, False


class ResultNotEncodable(RevoError):
    """The function returned something that cannot be written as JSON."""

    code, status, retryable = "result_not_encodable", 500, False


class ResultTooLarge(RevoError):
    """The function returned more than the limit."""

    code, status, retryable = "result_too_large", 500, False


class SandboxUnavailable(RevoError):
    """This function runs foreign code, and there is no sandbox here to run it in."""

    code, status, retryable = "sandbox_unavailable", 500, False


class ForbiddenPath(RevoError):
    """The path is outside the directories that functions may read."""

    code, status, retryable = "forbidden_path", 403, False


class EgressDenied(RevoError):
    """The address is none that functions may reach."""

    code, status, retryable = "egress_denied", 403, False


class Unreachable(RevoError):
    """The server at this address cannot be reached, or its answer cannot be read."""

    code, status, retryable = "unreachable", 502, True


class ChildFailed(RevoError):
    """A task that this task waited for did not complete."""

    code, status, retryable = "child_failed", 500, False


class StatementTooHeavy(RevoError):
    """The statement needs more time or memory than one may have."""

    code, status, retryable = "statement_too_heavy", 413, False


class NoModel(RevoError):
    """No language model is configured, and this needs one."""

    code, status, retryable = "no_model", 409, False


class ModelFailed(RevoError):
    """Every configured model failed or answered what cannot be used."""

    code, status, retryable = "model_failed", 502, True


class BudgetExceeded(RevoError):
    """The budget for language models is spent."""

    code, status, retryable = "budget_exceeded", 402, False


ROWS: tuple[type[RevoError], ...] = (
    RevoError,
    InvalidJson,
    InvalidUtf8,
    TooDeep,
    InvalidInput,
    InvalidId,
    InvalidPriority,
    InvalidHeader,
    InvalidRequest,
    UnknownFunction,
    UnknownQueue,
    UnknownChannel,
    NotFound,
    Conflict,
    AlreadyExists,
    AgentStopped,
    OutOfDate,
    AlreadyFinished,
    Forbidden,
    MethodNotAllowed,
    PayloadTooLarge,
    UnsupportedMedia,
    Overloaded,
    StoreFull,
    Unavailable,
    WaitTimeout,
    HandlerFailed,
    Permanent,
    Refused,
    TaskTimeout,
    WorkerLost,
    Canceled,
    ResultNotEncodable,
    ResultTooLarge,
    SandboxUnavailable,
    ForbiddenPath,
    EgressDenied,
    Unreachable,
    ChildFailed,
    StatementTooHeavy,
    NoModel,
    ModelFailed,
    BudgetExceeded,
)
"""The whole table, in the order of the reference."""

BY_CODE: dict[str, type[RevoError]] = {row.code: row for row in ROWS}


def raised_from(info: ErrorInfo) -> RevoError:
    """The exception that `info` was made from, for a caller on the other side of the wire."""
    row = BY_CODE.get(info.type, RevoError)
    return row(info.message, **(info.details or {}))
