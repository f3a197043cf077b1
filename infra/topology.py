"""Brings the server's streams and buckets to what `subjects.streams` says; twice is fine."""

from typing import Any

from msgspec import Struct

from subjects import errors, kv, streams
from subjects.bus import Bus


class Difference(Struct, frozen=True):
    """A stream that is not as it should be; `actual` is None where it does not exist."""

    stream: str
    setting: str
    wanted: Any
    actual: Any


SHARE = 16
"""A stream with a size of its own gets at most this part of a small store: the server sets it aside."""


def wanted(replicas: int, store: int = 0) -> list[dict[str, Any]]:
    """The configurations of all streams, buckets included, for a `store` of so many bytes (0: unlimited)."""
    configs = [streams.stream_config(stream, replicas) for stream in streams.STREAMS]
    for config in configs:
        if store > 0 and "max_bytes" in config:
            config["max_bytes"] = min(config["max_bytes"], store // SHARE)
    for bucket in streams.BUCKETS:
        make = kv.bucket_config if bucket.kind == "kv" else kv.object_config
        configs.append(make(bucket, replicas))
    return configs


async def apply(bus: Bus) -> list[str]:
    """Create what is missing and update what differs; the names of the streams that were touched."""
    touched = []
    for config in wanted(bus.settings.replicas, await _store(bus)):
        if not await _differences(bus, config):
            continue
        name = config["name"]
        answer = await bus.api(f"STREAM.CREATE.{name}", config)
        if answer.get("error", {}).get("err_code") == 10058:
            answer = await bus.api(f"STREAM.UPDATE.{name}", config)
        if "error" in answer:
            raise errors.Unavailable(f"stream {name}: {answer['error'].get('description')}")
        touched.append(name)
    return touched


async def differences(bus: Bus) -> list[Difference]:
    """What `apply` would change."""
    found = []
    for config in wanted(bus.settings.replicas, await _store(bus)):
        found += await _differences(bus, config)
    return found


async def _store(bus: Bus) -> int:
    """Bytes that the account may store; 0 where it has no limit."""
    account = await bus.api("INFO")
    return max(0, int(account.get("limits", {}).get("max_storage", 0)))


async def _differences(bus: Bus, config: dict[str, Any]) -> list[Difference]:
    name = config["name"]
    answer = await bus.api(f"STREAM.INFO.{name}")
    if "error" in answer:
        return [Difference(name, "exists", True, None)]
    actual = answer["config"]
    return [
        Difference(name, key, value, actual.get(key))
        for key, value in config.items()
        if not _same(value, actual.get(key))
    ]


def _same(value: Any, actual: Any) -> bool:
    # The server leaves out what is false, zero or empty.
    if isinstance(value, dict) and isinstance(actual, dict):
        return all(_same(part, actual.get(key)) for key, part in value.items())
    return value == actual or (not value and not actual)
