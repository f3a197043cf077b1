"""Typed key-value buckets and large objects, both on JetStream."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
import nats.js.errors

from subjects import errors, streams
from subjects.bus import Bus, Message, Record, Records, Subscription
from subjects.bus.connection import Exists
from subjects.codec import EXPECTED, EXPECTED_SUBJECT
from subjects.messages import Reference

T = TypeVar("T")


def bucket_config(bucket: streams.Bucket, replicas: int) -> dict[str, Any]:
    """The stream behind a key-value bucket, as the `nats kv` commands expect it."""
    config: dict[str, Any] = {
        "name": f"KV_{bucket.name}",
        "subjects": [f"$KV.{bucket.name}.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_msgs_per_subject": bucket.history,
        "allow_rollup_hdrs": True,
        "deny_delete": True,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "num_replicas": replicas,
    }
    if bucket.volatile and replicas == 1:
        config["persist_mode"] = "async"
    if bucket.ttl_marker:
        config["subject_delete_marker_ttl"] = int(bucket.ttl_marker * streams.SECOND)
    return config


def object_config(bucket: streams.Bucket, replicas: int) -> dict[str, Any]:
    """The stream behind an object bucket."""
    name = bucket.name
    return {
        "name": f"OBJ_{name}",
        "subjects": [f"$O.{name}.C.>", f"$O.{name}.M.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "max_age": int(bucket.max_age * streams.SECOND),
        "num_replicas": replicas,
    }


class Entry(msgspec.Struct, Generic[T], frozen=True):
    """One state of a key: its value, or None where it was deleted then."""

    key: str
    value: T | None
    revision: int
    at: datetime


class Bucket(Generic[T]):
    """Keys to values of one type. A key is made of tokens joined by dots."""

    def __init__(self, bus: Bus, name: str, kind: type[T]) -> None:
        self.name = name
        self._bus = bus
        self._records = Records(bus, f"KV_{name}")
        self._decoder = msgspec.json.Decoder(kind)

    async def put(self, key: str, value: T, ttl: int = 0) -> int:
        """Write a value, for `ttl` seconds where one is given; its revision."""
        headers = {"Nats-TTL": str(ttl)} if ttl else None
        return (await self._bus.store(self._subject(key), msgspec.json.encode(value), headers)).sequence

    async def post(self, key: str, value: T, ttl: int) -> None:
        """Write a value that will be written again soon, without waiting."""
        await self._bus.post(self._subject(key), msgspec.json.encode(value), headers={"Nats-TTL": str(ttl)})

    async def claim(self, key: str, value: T, ttl: int) -> bool:
        """Write a value where there never was one; False where somebody was first."""
        subject = self._subject(key)
        headers = {EXPECTED: "0", EXPECTED_SUBJECT: subject, "Nats-TTL": str(ttl)}
        try:
            await self._bus.store(subject, msgspec.json.encode(value), headers)
        except Exists:
            return False
        return True

    async def write(self, key: str, value: T | None, expected: int, ttl: int = 0) -> int:
        """Write a value, or delete it, where the key has the revision `expected` (0: it never was).

        The new revision; Exists where somebody else wrote first. Kept for `ttl` seconds where one is given.
        """
        headers = {EXPECTED: str(expected)}
        if ttl:
            headers["Nats-TTL"] = str(ttl)
        if value is None:
            headers["KV-Operation"] = "DEL"
        data = b"" if value is None else msgspec.json.encode(value)
        return (await self._bus.store(self._subject(key), data, headers)).sequence

    async def entry(self, key: str) -> Entry[T] | None:
        """The newest state of a key, a deletion too; None where it was never written."""
        record = await self._records.last(self._subject(key))
        return None if record is None else self._entry(record)

    async def entries(self, keys: str = ">") -> list[Entry[T]]:
        """The newest state of every key that has a value, however many there are; of those that match."""
        found = [self._entry(record) for record in await self._records.last_of(self._subject(keys))]
        return [entry for entry in found if entry.value is not None]

    async def history(self, key: str) -> list[Entry[T]]:
        """The states of a key that are still kept, oldest first."""
        return [self._entry(record) async for record in self._records.scan(self._subject(key))]

    async def get(self, key: str) -> T | None:
        """The value of a key, or None where it was never written, deleted or has expired."""
        record = await self._records.last(self._subject(key))
        return None if record is None else self._value(record)

    async def versioned(self, key: str) -> tuple[T | None, int]:
        """The value of a key with the revision that `swap` wants; 0 where it was never written."""
        record = await self._records.last(self._subject(key))
        return (None, 0) if record is None else (self._value(record), record.sequence)

    async def swap(self, key: str, value: T, revision: int) -> bool:
        """Write a value in the place of the one that was read; False where somebody else was faster."""
        subject = self._subject(key)
        headers = {EXPECTED: str(revision), EXPECTED_SUBJECT: subject, "Nats-Msg-Id": secrets.token_hex(12)}
        try:
            await self._bus.store(subject, msgspec.json.encode(value), headers)
        except Exists:
            return False
        return True

    async def all(self) -> dict[str, T]:
        """Every key with its value."""
        found = {}
        head = f"$KV.{self.name}."
        for record in await self._records.last_of(f"{head}>"):
            value = self._value(record)
            if value is not None:
                found[record.subject.removeprefix(head)] = value
        return found

    async def delete(self, key: str) -> None:
        """Take a key away; its history stays readable."""
        await self._bus.store(self._subject(key), b"", {"KV-Operation": "DEL"})

    async def on_write(self, written: Callable[[str], None]) -> Subscription:
        """Call `written` with each key that is written or deleted."""
        head = self._subject("")

        async def told(message: Message) -> None:
            written(message.subject.removeprefix(head))

        return await self._bus.subscribe(self._subject(">"), told)

    async def on_change(self, changed: Callable[[], None]) -> Subscription:
        """Call `changed` whenever a key is written or deleted; a key that expires is not told of."""

        async def told(_: Message) -> None:
            changed()

        return await self._bus.subscribe(self._subject(">"), told)

    def _subject(self, key: str) -> str:
        return f"$KV.{self.name}.{key}"

    def _entry(self, record: Record) -> Entry[T]:
        key = record.subject.removeprefix(self._subject(""))
        return Entry(key, self._value(record), record.sequence, record.stored_at)

    def _value(self, record: Record) -> T | None:
        if "KV-Operation" in record.headers or "Nats-Marker-Reason" in record.headers:
            return None
        return self._decoder.decode(record.data)


class Objects:
    """Payloads of up to 100 MB, by name."""

    def __init__(self, bus: Bus, bucket: str) -> None:
        self.bucket = bucket
        self._bus = bus

    async def put(self, name: str, data: bytes) -> Reference:
        """Store bytes under a name; writing the same name again replaces them."""
        if len(data) > streams.MAX_OBJECT:
            raise errors.PayloadTooLarge(f"{len(data)} bytes; an object holds at most {streams.MAX_OBJECT}")
        store = await self._bus.nats.jetstream().object_store(self.bucket)
        try:
            await store.put(name, data)
        except nats.js.errors.APIError as error:
            raise errors.StoreFull(str(error.description)) from error
        return Reference(f"{self.bucket}/{name}", len(data), hashlib.sha256(data).hexdigest())

    async def get(self, name: str) -> bytes:
        """The bytes under a name; NotFound without them."""
        store = await self._bus.nats.jetstream().object_store(self.bucket)
        try:
            result = await store.get(name)
        except (nats.js.errors.ObjectNotFoundError, nats.js.errors.ObjectDeletedError) as error:
            raise errors.NotFound(f"{self.bucket}/{name}: no such object") from error
        return result.data or b""
