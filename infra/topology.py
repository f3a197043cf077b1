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


def wanted(replicas: int) -> list[dict[str, Any]]:
    """The configurations of all streams, buckets included."""
    configs = [streams.stream_config(stream, replicas) for stream in streams.STREAMS]
    for bucket in streams.BUCKETS:
        make = kv.bucket_config if bucket.kind == "kv" else kv.object_config
        configs.append(make(bucket, replicas))
    return configs


async def apply(bus: Bus) -> list[str]:
    """Create what is missing and update what differs; the names of the streams that were touched."""
    touched = []
    for config in wanted(bus.settings.replicas):
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
    for config in wanted(bus.settings.replicas):
        found += await _differences(bus, config)
    return found


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
