"""What commands share that talk to a running stack: `--server`, `-o`, a client, and where the output goes."""

import asyncio
import contextlib
import functools
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from msgspec import Struct

from infra import address, logs, settings, tracing
from infra.commands.console import Output
from infra.link import linked
from subjects import errors, traces
from subjects.bus import Bus
from subjects.client import Client
from subjects.client.submit import Door
from subjects.traces import Work

F = TypeVar("F", bound=Callable[..., Any])

USUAL_PORT = 4222
HOW_TO_START = "start one here with `revo up`, or name one with --server or REVOAGENT_NATS_URL"


class Reach(Struct, frozen=True):
    """A connected command: its client, its output and the settings."""

    client: Client
    output: Output
    settings: settings.Settings

    @property
    def bus(self) -> Bus:
        """The connection."""
        return self.client.bus


def output_option(*formats: str) -> Callable[[F], F]:
    """`-o`: a table for people or JSON for programs (and what else there is)."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(("table", "json", *formats)),
        default="table",
        help="A table for people, JSON for programs.",
    )


def reaching(*formats: str) -> Callable[[Callable[..., Awaitable[int | None]]], Callable[..., int | None]]:
    """Gives an async command a Reach as its first argument; it answers with its exit code or nothing."""

    def wrap(command: Callable[..., Awaitable[int | None]]) -> Callable[..., int | None]:
        @click.option("--server", metavar="URL", help="NATS server; else the stack that runs here.")
        @output_option(*formats)
        @functools.wraps(command)
        def call(form: str, server: str | None, **arguments: Any) -> int | None:
            own = settings.load(os.environ)
            quiet(own)
            return asyncio.run(_reached(command, own, server, Output(form), arguments))

        return call

    return wrap


def quiet(own: settings.Settings) -> None:
    """Logs of a command that a person reads: errors only, unless debugging was asked for."""
    logs.configure(own.log_level if own.log_level == "debug" else "error")


def server_url(own: settings.Settings, server: str | None) -> str:
    """The server that is meant: --server, REVOAGENT_NATS_URL, the stack of this directory, the usual port."""
    if server is not None:
        return server if "://" in server else f"nats://{server}"
    if own.outside:
        return own.nats.url
    known = address.find(own.state, Path.cwd())
    return f"nats://127.0.0.1:{own.server.port or USUAL_PORT}" if known is None else known.nats


@contextlib.contextmanager
def traced(command: str) -> Iterator[Door]:
    """The door of a command: below its span where traces are sent, and below TRACEPARENT where it is set."""
    parent = traces.valid(os.environ.get(traces.VARIABLE))
    with (
        tracing.opened(os.environ, "cli", str(os.getpid()), patience=1.0) as tracer,
        tracer.span(Work(f"revo {command}"), parent) as span,
    ):
        yield Door("cli", span.traceparent, tracer)


async def _reached(
    command: Callable[..., Awaitable[int | None]],
    own: settings.Settings,
    server: str | None,
    output: Output,
    arguments: dict[str, Any],
) -> int | None:
    nats = msgspec.structs.replace(own.nats, url=server_url(own, server), name="revo-cli")
    try:
        async with linked(nats) as bus:
            with traced(command.__name__) as door:
                return await command(Reach(Client(bus, door), output, own), **arguments)
    except errors.Unavailable as error:
        if "no NATS server answers" in error.message:
            raise errors.Unavailable(f"{error.message}; {HOW_TO_START}") from error
        raise
