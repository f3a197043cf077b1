"""Reads stored messages directly from a stream: one, the next ones, or the last of many subjects."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from subjects import codec, errors
from subjects.bus.connection import Bus, Message

MOST_SUBJECTS = 1024
"""The last messages of so many subjects can be read in one request."""
TOO_MANY = "413"


class Record(msgspec.Struct, frozen=True):
    """A message as it stands in its stream."""

    subject: str
    sequence: int
    data: bytes
    headers: dict[str, str]
    stored_at: datetime


class Records:
    """Direct reads from one stream. They see only what is stored; nothing is consumed."""

    def __init__(self, bus: Bus, stream: str) -> None:
        self._bus = bus
        self.stream = stream

    async def last(self, subject: str) -> Record | None:
        """The newest message on a subject (wildcards allowed), or None."""
        return await self._one({"last_by_subj": subject})

    async def at(self, sequence: int) -> Record | None:
        """The message with this sequence, or None."""
        return await self._one({"seq": sequence})

    async def next(self, subject: str, sequence: int = 1) -> Record | None:
        """The first message from `sequence` on that a subject filter takes, or None."""
        return await self._one({"seq": sequence, "next_by_subj": subject})

    async def range(self, subject: str, sequence: int, most: int = 500) -> list[Record]:
        """Up to `most` messages from `sequence` on, in the order of the stream."""
        return await self._many(
            {"seq": sequence, "next_by_subj": subject, "batch": most, "max_bytes": 8 << 20}
        )

    async def last_of(self, subject: str) -> list[Record]:
        """The newest message of each subject that a filter takes, however many there are.

        One request for up to 1,024 subjects. For more the server refuses it, and a consumer that is made for
        this brings them.
        """
        found, status = await self._gathered(
            f"$JS.API.DIRECT.GET.{self.stream}", {"multi_last": [subject], "batch": MOST_SUBJECTS}, _record
        )
        return await self._consumed(subject) if status == TOO_MANY else found

    async def last_of_each(self, subjects: Sequence[str]) -> list[Record]:
        """The newest message on each of up to 1,000 subjects, of those that have one."""
        return await self._many({"multi_last": list(subjects), "batch": 1000}) if subjects else []

    async def scan(self, subject: str, sequence: int = 1, page: int = 500) -> AsyncIterator[Record]:
        """Every message from `sequence` on, read page by page."""
        while True:
            records = await self.range(subject, sequence, page)
            for record in records:
                yield record
            if not records:
                return
            sequence = records[-1].sequence + 1

    async def info(self, subjects: str = "") -> dict[str, Any]:
        """STREAM.INFO; with `subjects` its state counts the messages of each subject.

        NotFound without the stream.
        """
        body = {"subjects_filter": subjects} if subjects else None
        answer = await self._bus.api(f"STREAM.INFO.{self.stream}", body)
        if "error" in answer:
            raise errors.NotFound(f"stream {self.stream}: {answer['error'].get('description')}")
        return answer

    async def subjects(self, filter: str, offset: int = 0) -> dict[str, int]:
        """Subjects that a filter takes, with their counts: one page of up to 100,000, from `offset` on."""
        body = {"subjects_filter": filter, "offset": offset}
        answer = await self._bus.api(f"STREAM.INFO.{self.stream}", body)
        return answer.get("state", {}).get("subjects") or {}

    async def count(self, *subjects: str) -> int:
        """How many messages stand on some subjects, without reading or listing them.

        A consumer that is made for this and taken away again knows the number at once.
        """
        name = f"count_{self._bus.nats.new_inbox().rpartition('.')[2]}"
        config = {
            "name": name,
            "filter_subjects": list(subjects),
            "ack_policy": "explicit",
            "mem_storage": True,
            "inactive_threshold": 5 * 10**9,
        }
        answer = await self._bus.api(
            f"CONSUMER.CREATE.{self.stream}.{name}", {"stream_name": self.stream, "config": config}
        )
        await self._bus.api(f"CONSUMER.DELETE.{self.stream}.{name}")
        if "error" in answer:
            raise errors.Unavailable(f"count of {self.stream}: {answer['error'].get('description')}")
        return int(answer["num_pending"])

    async def clock(self) -> datetime:
        """The time of the server, by which messages are stamped: that of this machine may be another."""
        return datetime.fromisoformat((await self.info())["ts"])

    async def purge(self, subject: str) -> int:
        """Remove what is stored on a subject; the number of messages that went."""
        answer = await self._bus.api(f"STREAM.PURGE.{self.stream}", {"filter": subject})
        if "error" in answer:
            raise errors.Unavailable(f"purge of {subject}: {answer['error'].get('description')}")
        return int(answer.get("purged", 0))

    async def delete(self, sequence: int) -> bool:
        """Remove one message and overwrite its bytes on the disk; False where it is gone already."""
        answer = await self._bus.api(f"STREAM.MSG.DELETE.{self.stream}", {"seq": sequence})
        return bool(answer.get("success"))

    async def _consumed(self, subject: str) -> list[Record]:
        name = f"read_{self._bus.nats.new_inbox().rpartition('.')[2]}"
        config = {
            "name": name,
            "filter_subject": subject,
            "deliver_policy": "last_per_subject",
            "ack_policy": "none",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 30 * 10**9,
        }
        made = await self._bus.api(
            f"CONSUMER.CREATE.{self.stream}.{name}.{subject}", {"stream_name": self.stream, "config": config}
        )
        if "error" in made:
            raise errors.Unavailable(f"stream {self.stream}: {made['error'].get('description')}")
        call = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{name}"
        body = {"batch": max(1, int(made["num_pending"])), "no_wait": True}
        try:
            return (await self._gathered(call, body, _delivered))[0]
        finally:
            await self._bus.api(f"CONSUMER.DELETE.{self.stream}.{name}")

    async def _one(self, body: dict[str, Any]) -> Record | None:
        message = await self._bus.request(f"$JS.API.DIRECT.GET.{self.stream}", msgspec.json.encode(body))
        return _record(message)

    async def _many(self, body: dict[str, Any]) -> list[Record]:
        return (await self._gathered(f"$JS.API.DIRECT.GET.{self.stream}", body, _record))[0]

    async def _gathered(
        self, call: str, body: dict[str, Any], read: Callable[[Message], Record | None]
    ) -> tuple[list[Record], str]:
        """What comes in answer to one request, until something comes that is no record, and its status."""
        inbox = self._bus.nats.new_inbox()
        records: list[Record] = []
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def take(message: Message) -> None:
            record = read(message)
            if record is not None:
                records.append(record)
            if (record is None or len(records) == body["batch"]) and not done.done():
                done.set_result((message.headers or {}).get("Status", ""))

        subscription = await self._bus.subscribe(inbox, take)
        try:
            await self._bus.post(call, msgspec.json.encode(body), inbox)
            async with asyncio.timeout(10):
                status = await done
        except TimeoutError:
            raise errors.Unavailable(f"stream {self.stream} did not answer a read within 10 s") from None
        finally:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        return records, status


def _delivered(message: Message) -> Record | None:
    if not message.reply.startswith("$JS.ACK."):
        return None
    where = codec.delivery(message.reply)
    stored_at = codec.from_ns(where.stored_ns)
    return Record(message.subject, where.stream_sequence, message.data, message.headers or {}, stored_at)


def _record(message: Message) -> Record | None:
    headers = message.headers or {}
    if "Nats-Sequence" not in headers:
        if headers.get("Status") == "503":
            raise errors.Unavailable("the stream does not answer direct reads")
        return None
    return Record(
        subject=headers["Nats-Subject"],
        sequence=int(headers["Nats-Sequence"]),
        data=message.data,
        headers=headers,
        stored_at=datetime.fromisoformat(headers["Nats-Time-Stamp"]),
    )
