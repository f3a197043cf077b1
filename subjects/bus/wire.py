r"""The client of nats-py, made to read on: whatever bytes somebody publishes, they cannot end its read loop.

Its own parser raises for a subject or a status line that is not UTF-8 and for a short header block. The loop
that reads ends with that in silence, in every process that the message reaches, again and again.

>>> parsed(b"NATS/1.0\r\nA: b\r\nC: \xff\r\n\r\n")
{'A': 'b', 'C': '�'}
>>> parsed(b"NATS/1.0 404 No Messages\r\n\r\n")
{'Status': '404', 'Description': 'No Messages'}
>>> parsed(b"\xff"), parsed(b"")
(None, None)
"""

import re
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

log = structlog.get_logger()

_STATUS = re.compile(rb"NATS/1\.0 +(\d{3})(?: +([^\r\n]*))?")
_KEY = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Nats(Client):
    """A connection that reads on."""

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        return parsed(headers) if headers else None

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        return self.msg_class(
            subject=subject.decode("utf-8", "replace"),
            reply=reply.decode("utf-8", "replace"),
            data=data,
            headers=headers,
            _client=self,
            _sid=sid,
        )

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: Any) -> None:
        try:
            await super()._process_msg(sid, subject, reply, data, headers)
        except Exception:
            log.exception(
                "message could not be read", subject=bytes(subject[:200]).decode("utf-8", "replace")
            )


def parsed(block: bytes) -> dict[str, str] | None:
    """The headers of a block, the last one of each key; lines that are none are left out."""
    found: dict[str, str] = {}
    status = _STATUS.match(block)
    if status is not None:
        found["Status"] = status[1].decode()
        if status[2]:
            found["Description"] = _text(status[2])
    for line in block.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        key = name.strip().decode("ascii", "replace")
        if colon and _KEY.match(key):
            found[key] = _text(value)
    return found or None


def _text(value: bytes) -> str:
    text = value.strip().decode("utf-8", "replace")
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
