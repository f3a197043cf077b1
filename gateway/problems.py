"""Every failure as problem details (RFC 9457): type, title, status, detail, code, retryable, instance."""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import QueryParameter
from litestar.typing import FieldDefinition

from subjects import codec, errors

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = {429: "1", 503: "2", 507: "30"}

_BY_STATUS: dict[int, type[errors.RevoError]] = {
    400: errors.InvalidRequest,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMedia,
    422: errors.InvalidRequest,
    429: errors.Overloaded,
    503: errors.Unavailable,
}


def document(error: errors.RevoError, instance: str | None = None) -> dict[str, Any]:
    """The problem as it stands in HTTP answers, batches and error frames.

    >>> document(errors.NotFound("no task 'a'"))["type"]
    '/problems/not_found'
    """
    members: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title(),
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "retryable": error.retryable,
    }
    if instance is not None:
        members["instance"] = instance
    return {**_plain(error.details), **members}


def answer(error: errors.RevoError, instance: str | None = None) -> Response[bytes]:
    """The response that carries the problem."""
    headers = {"Retry-After": RETRY_AFTER[error.status]} if error.status in RETRY_AFTER else {}
    return Response(
        codec.encode(document(error, instance)),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def on_revo_error(request: Request[Any, Any, Any], error: errors.RevoError) -> Response[bytes]:
    """A row of the table, raised anywhere below a route."""
    if type(error) is errors.RevoError:
        log.error("request failed", path=request.url.path, error=error.message)
    return answer(error, request.url.path)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What Litestar refuses by itself: unknown paths and methods, wrong parameters, bodies too large."""
    row = (
        errors.InvalidRequest if isinstance(error, ValidationException) else _BY_STATUS.get(error.status_code)
    )
    if row is None:
        log.error("request failed", path=request.url.path, error=error.detail, status=error.status_code)
        return answer(errors.RevoError(), request.url.path)
    problem = row(_detail(request, row, error))
    if isinstance(error, ValidationException) and error.extra:
        problem.details["errors"] = _as_sent(request, error.extra)
    given = answer(problem, request.url.path)
    if allowed := (error.headers or {}).get("Allow"):
        given.headers["Allow"] = allowed
    return given


def on_any_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours. What happened stands in the log, not in the answer."""
    log.error("request failed", path=request.url.path, exc_info=error)
    return answer(errors.RevoError(), request.url.path)


def _detail(request: Request[Any, Any, Any], row: type[errors.RevoError], error: HTTPException) -> str:
    if row is errors.NotFound:
        return f"there is nothing at {request.url.path}"
    if row is errors.MethodNotAllowed:
        return f"{request.method} is not for {request.url.path}"
    if row is errors.PayloadTooLarge:
        return "the body is larger than this address takes"
    return error.detail


def _as_sent(
    request: Request[Any, Any, Any], wrong: dict[str, Any] | list[Any]
) -> dict[str, Any] | list[Any]:
    """Each mistake under the name the client used: `state` is `in_state` here, where Litestar has its own."""
    if not isinstance(wrong, list):
        return wrong
    taken = request.route_handler.parsed_fn_signature.parameters
    return [{**one, **_sent_as(taken.get(one.get("key", "")))} for one in wrong]


def _sent_as(parameter: FieldDefinition | None) -> dict[str, str]:
    told = None if parameter is None else parameter.kwarg_definition
    if not isinstance(told, QueryParameter) or told.name is None:
        return {}
    return {"key": told.name, "source": "query"}


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = msgspec.to_builtins(details, str_keys=True)
    except TypeError:
        return {}
    return plain


HANDLERS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[bytes]]] = {
    errors.RevoError: on_revo_error,
    HTTPException: on_http_error,
    Exception: on_any_error,
}
