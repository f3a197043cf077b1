"""Requests to a gateway: what is done twice by them is done once, so a busy or absent one is asked again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import msgspec

from gateway.client.frames import error
from gateway.client.options import Options
from subjects import errors

CONNECT_WITHIN = 5.0
READ_WITHIN = 60.0
BETWEEN = (502, 504)
"""What a proxy says where the gateway is not there."""

Query = Mapping[str, str | int | float | list[str]]


class Lost(OSError):
    """Nobody answered."""


class Requests:
    """One pool of connections. All raise the errors of the table."""

    def __init__(self, url: str, options: Options) -> None:
        self._options = options
        wait = httpx2.Timeout(READ_WITHIN, connect=CONNECT_WITHIN)
        self._http = httpx2.AsyncClient(base_url=url, timeout=wait)

    async def close(self) -> None:
        """End all connections."""
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, *, query: Query | None = None, body: bytes | None = None
    ) -> httpx2.Response:
        """The answer. Where the gateway is busy or not there, it is asked again while patience lasts."""
        loop, attempt = asyncio.get_running_loop(), 0
        end = loop.time() + self._options.patience
        while True:
            hint = 0.0
            try:
                return await self.once(method, path, query=query, body=body)
            except Lost as lost:
                failed: errors.RevoError = errors.Unavailable(
                    f"{self._http.base_url} does not answer: {lost}"
                )
            except (errors.Overloaded, errors.AgentBusy, errors.Unavailable) as busy:
                failed, hint = busy, float(busy.details.get("retry_after", 0.0))
            delay = self._options.backoff.delay(attempt, hint)
            if loop.time() + delay > end:
                raise failed
            await asyncio.sleep(delay)
            attempt += 1

    async def once(
        self, method: str, path: str, *, query: Query | None = None, body: bytes | None = None
    ) -> httpx2.Response:
        """The answer to one request; Lost where there is none."""
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = await self._http.request(method, path, params=query, content=body, headers=headers)
        except httpx2.TransportError as failure:
            raise Lost(str(failure) or type(failure).__name__) from failure
        _check(answer)
        return answer

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, query: Query, headers: dict[str, str]
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of an answer that does not end; Lost where it does."""
        try:
            async with self._http.stream("GET", path, params=query, headers=headers) as answer:
                if answer.is_error:
                    await answer.aread()
                _check(answer)
                yield answer.aiter_lines()
        except httpx2.TransportError as failure:
            raise Lost(str(failure) or type(failure).__name__) from failure


def _check(answer: httpx2.Response) -> None:
    if not answer.is_error:
        return
    try:
        problem = answer.json()
    except (ValueError, UnicodeDecodeError):
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        # Something else answered in the place of the gateway.
        row = errors.Unavailable if answer.status_code in BETWEEN else errors.RevoError
        raise row(f"{answer.request.url} answered {answer.status_code} {answer.reason_phrase}")
    failed = error(problem)
    with contextlib.suppress(KeyError, ValueError):
        failed.details["retry_after"] = float(answer.headers["Retry-After"])
    raise failed


def decoded(answer: httpx2.Response, type: Any) -> Any:
    """The body of an answer as this type."""
    return msgspec.json.decode(answer.content, type=type)
