"""Fixtures for tests of your own functions. pytest finds them by itself once revoagent is installed.

`nats_server`   a real server of its own for one test
`bus`           a connection to it, streams and buckets in place
`client`        what applications use: submit, result, cancel, ...
`model_server`  a language model that says what the test has written:  model_server.answers = ["Paris"]
`revo_stack`    opens whole systems:  s = await revo_stack(my_function, gateway=True)
"""

import contextlib
import importlib
import importlib.util
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from infra.model_server import ModelServer
    from infra.server import Server
    from infra.testing import Stack
    from subjects.bus import Bus
    from subjects.client import Client

F = TypeVar("F", bound=Callable[..., Any])

# ruff: noqa: PLC0415
# This module is loaded by every pytest run on a machine that has revoagent: it must be light, and it must not
# break a run that knows nothing of asyncio. So the rest is imported by the fixtures.


def fixture(call: F) -> F:
    """A fixture that works in both modes of pytest-asyncio."""
    name = "pytest_asyncio" if importlib.util.find_spec("pytest_asyncio") else "pytest"
    made: F = importlib.import_module(name).fixture(call)
    return made


@fixture
async def nats_server(tmp_path: Path) -> "AsyncIterator[Server]":
    """A real nats-server for this test alone, with JetStream, on a free port."""
    from infra.testing import server

    async with server(tmp_path / "nats") as started:
        yield started


@fixture
async def bus(nats_server: "Server") -> "AsyncIterator[Bus]":
    """A connection to this test's server; all streams and buckets exist."""
    from infra.testing import connected

    async with connected(nats_server.url) as opened:
        yield opened


@fixture
async def client(bus: "Bus") -> "Client":
    """What an application holds: submits tasks and reads what came of them."""
    from subjects.client import Client

    return Client(bus)


@fixture
async def model_server() -> "AsyncIterator[ModelServer]":
    """A real HTTP server that answers like a language model, by a script; see `infra.model_server`."""
    from infra.model_server import model_server as serving

    async with serving() as made:
        yield made


@fixture
async def revo_stack(tmp_path: Path) -> "AsyncIterator[Callable[..., Awaitable[Stack]]]":
    """Opens systems as `infra.testing.stack` does; they end with the test."""
    from infra.testing import stack

    numbers = itertools.count(1)
    async with contextlib.AsyncExitStack() as opened:

        async def make(*functions: Any, **options: Any) -> "Stack":
            state = tmp_path / f"stack-{next(numbers)}"
            state.mkdir()
            return await opened.enter_async_context(stack(*functions, state=state, **options))

        yield make
