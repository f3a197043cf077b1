"""Ids that nobody has yet."""

import secrets
import time


def new_id() -> str:
    """A UUIDv7 (RFC 9562): ids sort by time.

    >>> len(new_id()), new_id()[14]
    (36, '7')
    """
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(76)
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
