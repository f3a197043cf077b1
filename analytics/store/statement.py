"""The program that runs one statement of a stranger, and ends. Started as `python -I statement.py LIMITS`.

It confines itself first, loads DuckDB, and waits on descriptor 0, a socket: for a length, the descriptor of
a snapshot, and the order. It answers with one line of JSON and the rows, and ends. Nothing of ours is
imported here, so that it starts fast and holds nothing that a statement could reach.
"""

import contextlib
import csv
import ctypes
import errno
import importlib.util
import io
import json
import os
import re
import resource
import socket
import struct
import sys
import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec

NEW_USER, NEW_NET = 0x10000000, 0x40000000
PAGE = 256
COMMENT = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
EXPLAIN = re.compile(rf"(?is){COMMENT}EXPLAIN{COMMENT}(?:ANALYZE\b{COMMENT})?(?:\([^()]*\))?")
NO_MEMORY = ("bad_alloc", "Memory allocation failure")
OWN_PLACE = re.compile(r"/proc/\S*?/fd/\d+[\w.]*")


class Refusal(Exception):
    """What the caller is told instead of rows."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.told = {"code": code, "message": message, "details": details}


class OnlyUtc(tzinfo):
    """What DuckDB asks the package `pytz` for: everything here is UTC."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        """No offset."""
        return timedelta(0)

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str:
        """UTC, and nothing else."""
        return "UTC"

    def localize(self, moment: datetime) -> datetime:
        """A moment with its zone."""
        return moment.replace(tzinfo=UTC)


def main() -> None:
    """Wait for the one statement, answer it, end."""
    limits = json.loads(sys.argv[1])
    confine(limits)
    zones = types.ModuleType("pytz")
    zones.timezone = lambda _: OnlyUtc()  # type: ignore[attr-defined]
    sys.modules["pytz"] = zones
    # What a first database costs is paid while nobody waits; every type brings what Python makes of it.
    with duckdb.connect(":memory:", config=engine(limits)) as empty:
        empty.execute("FROM test_all_types()").fetchall()
    channel = socket.socket(fileno=0)
    channel.sendall(b"\n")
    head, descriptors, _, _ = socket.recv_fds(channel, 4, 1)
    if len(head) < 4:
        return
    # Whoever works for all comes first; the start was not to wait for them.
    os.nice(10)
    order = msgspec.json.decode(channel.recv(struct.unpack("!I", head)[0], socket.MSG_WAITALL))
    try:
        told, body = answered(descriptors[0], order, limits)
    except Refusal as refusal:
        told, body = refusal.told, b""
    except MemoryError:
        told, body = too_heavy("memory").told, b""
    channel.sendall(msgspec.json.encode(told) + b"\n")
    channel.sendall(body)
    # Threads and destructors of the engine have nothing to do any more.
    os._exit(0)


def confine(limits: dict[str, Any]) -> None:
    """Give up what a statement never needs. What this machine does not allow is left out."""
    with contextlib.suppress(OSError), Path("/proc/self/oom_score_adj").open("w") as score:
        score.write("1000")
    with contextlib.suppress(OSError, AttributeError):
        # Its own network, with nothing in it.
        ctypes.CDLL(None).unshare(NEW_USER | NEW_NET)
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, int(limits["seconds"]) + 2),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def engine(limits: dict[str, Any]) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's own limits. Each of them was passed by some statement: the process around it must hold."""
    off = (
        "enable_external_access", "autoinstall_known_extensions", "autoload_known_extensions",
        "allow_community_extensions", "allow_unsigned_extensions", "allow_persistent_secrets",
        "python_enable_replacements", "python_scan_all_frames", "enable_external_file_cache",
    )  # fmt: skip
    return {
        **dict.fromkeys(off, "false"),
        "lock_configuration": "true",
        "allow_extension_repositories": "forbidden",
        "memory_limit": "256MB",
        "threads": "1",
        "temp_directory": "",
        "max_temp_directory_size": "0GB",
        "max_execution_time": str(int(limits["seconds"] * 800)),
        "max_expression_depth": "200",
        "errors_as_json": "true",
    }


def answered(descriptor: int, order: dict[str, Any], limits: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The head of an answer, and its rows in the form that was asked for."""
    write = {"json": as_json, "csv": as_csv, "arrow": as_arrow}[order["format"]]
    if write is as_arrow and importlib.util.find_spec("pyarrow"):
        importlib.import_module("pyarrow")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        connection = duckdb.connect(f"/proc/self/fd/{descriptor}", read_only=True, config=engine(limits))
        # DuckDB lets a statement read the file that it runs on, and with it what was taken out of its tables.
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, most[1]))
        result = connection.execute(checked(connection, order["sql"]), order["parameters"])
        told = [(str(column[0]), str(column[1])) for column in result.description or []]
        room = order["bytes"] - len(msgspec.json.encode(told))
        if room < 0:
            raise Refusal("invalid_request", "the names of the columns are longer than an answer may be")
        body, truncated = write(result, told, order["rows"], room)
    except duckdb.Error as error:
        raise explained(error, order["sql"]) from None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    return {
        "columns": [own[0] for own in told],
        "types": [own[1] for own in told],
        "truncated": truncated,
    }, body


def checked(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement in a text, where it is one that reads."""
    found = connection.extract_statements(sql)
    if len(found) != 1:
        raise Refusal("invalid_request", f"one statement at a time, not {len(found)}")
    [statement] = found
    kind = _kind(statement)
    if kind == duckdb.StatementType.EXPLAIN:
        inner = EXPLAIN.match(sql)
        rest = sql[inner.end() :] if inner else ""
        of = connection.extract_statements(rest) if rest.strip() else []
        kind = _kind(of[0]) if len(of) == 1 else duckdb.StatementType.INVALID
    if kind == duckdb.StatementType.MULTI:
        raise Refusal("invalid_request", "PIVOT must say which values: PIVOT t ON column IN ('a', 'b') ...")
    if kind != duckdb.StatementType.SELECT:
        raise Refusal("forbidden", f"only SELECT, or EXPLAIN of a SELECT, is answered, not {kind.name}")
    return statement


def _kind(statement: duckdb.Statement) -> duckdb.StatementType:
    try:
        return statement.type
    except ValueError:
        # There are statements that DuckDB's own package has no name for, such as UPDATE EXTENSIONS.
        return duckdb.StatementType.INVALID


def explained(error: duckdb.Error, sql: str) -> Refusal:
    """DuckDB's words with the place they are about, and without places of this machine."""
    try:
        # What is wrong within DuckDB itself is told with a stack trace, and words after it.
        told, _ = json.JSONDecoder().raw_decode(str(error).partition("Error: ")[2])
        text = f"{told['exception_type']} Error: {told['exception_message']}"
    except (ValueError, KeyError, TypeError):
        told, text = {}, str(error).split("stack_trace")[0]
    if isinstance(error, duckdb.InterruptException) or "max_execution_time" in text:
        return too_heavy("time")
    if isinstance(error, duckdb.OutOfMemoryException) or any(word in text for word in NO_MEMORY):
        return too_heavy("memory")
    if isinstance(error, duckdb.PermissionException) or str(told.get("errno")) == str(errno.EMFILE):
        return Refusal("forbidden", "a statement reaches no files, no network and no settings")
    if "read-only mode" in text:
        return Refusal("forbidden", "a statement reads, it cannot write")
    text = OWN_PLACE.sub("the database", text).split("\n\nLINE ")[0]
    details: dict[str, Any] = {}
    with contextlib.suppress(KeyError, ValueError):
        before = sql.encode()[: int(told["position"])].decode("utf-8", "ignore")
        details = {"line": before.count("\n") + 1, "column": len(before) - before.rfind("\n")}
    return Refusal("invalid_request", text[:2000], **details)


def too_heavy(what: str) -> Refusal:
    """The statement wants more than it may have."""
    return Refusal("statement_too_heavy", f"the statement needs more {what} than one may have")


def as_json(result: Any, told: list[tuple[str, str]], rows: int, room: int) -> tuple[bytes, str]:
    """Rows as one JSON array of arrays."""
    lines, truncated = _fitting((msgspec.json.encode(row) for row in _rows(result, told)), rows, room)
    return b"[" + b",".join(lines) + b"]", truncated


def as_csv(result: Any, told: list[tuple[str, str]], rows: int, room: int) -> tuple[bytes, str]:
    """Rows as CSV with a heading; what is nested stands as JSON in its cell."""
    every = (_line([_cell(own) for own in row]) for row in _rows(result, told))
    lines, truncated = _fitting(every, rows, room)
    return b"".join([_line([name for name, _ in told]), *lines]), truncated


def as_arrow(result: Any, told: list[tuple[str, str]], rows: int, room: int) -> tuple[bytes, str]:
    """Rows as a stream of Arrow, where pyarrow is installed."""
    del told
    pa = sys.modules.get("pyarrow")
    if pa is None:
        raise Refusal("invalid_request", "Arrow needs pyarrow there: pip install pyarrow")
    sink = io.BytesIO()
    reader = result.to_arrow_reader(PAGE)
    left, truncated = rows, ""
    with pa.ipc.new_stream(sink, reader.schema) as stream:
        for batch in reader:
            full = sink.tell() + batch.nbytes > room
            truncated = "rows" if batch.num_rows > left else "bytes" if full else ""
            if truncated == "rows":
                stream.write_batch(batch.slice(0, left))
            if truncated:
                break
            stream.write_batch(batch)
            left -= batch.num_rows
    return sink.getvalue(), truncated


def _rows(result: Any, told: list[tuple[str, str]]) -> Iterator[list[Any]]:
    while some := result.fetchmany(PAGE):
        for row in some:
            yield [_plain(own, kind) for own, (_, kind) in zip(row, told, strict=True)]


def _fitting(lines: Iterator[bytes], rows: int, room: int) -> tuple[list[bytes], str]:
    """As many as there may be, and what they were cut off by."""
    taken: list[bytes] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0 or len(taken) == rows:
            return taken, "rows" if len(taken) == rows else "bytes"
        taken.append(line)
    return taken, ""


def _plain(value: Any, kind: str) -> Any:
    """A value as JSON can say it: times are UTC, a number beyond 64 bits and a decimal are texts."""
    if isinstance(value, str):
        return msgspec.Raw(value.encode()) if kind == "JSON" else value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 64 else str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(own, "") for key, own in value.items()}
    return [_plain(own, "") for own in value] if isinstance(value, list | tuple) else value


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float):
        return repr(value)
    text = msgspec.json.encode(value).decode()
    return text[1:-1] if text.startswith('"') else text


if __name__ == "__main__":
    main()
