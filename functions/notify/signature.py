"""Signs a webhook by Standard Webhooks 1.0: the receiver knows who sent it, and that nobody changed it.

signature = "v1," + base64(HMAC-SHA256(secret, id + "." + timestamp + "." + body))
"""

import base64
import binascii
import hashlib
import hmac

from subjects.errors import Permanent

PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret."""


def headers(id: str, timestamp: int, body: bytes, secrets: str = "") -> dict[str, str]:
    """The headers of one attempt; without a secret there is no signature. `secrets` stand between spaces.

    >>> secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    >>> headers("n-1", 1700000000, b"{}", secret)["webhook-signature"][:3]
    'v1,'
    >>> len(headers("n-1", 1700000000, b"{}", secret + " " + secret)["webhook-signature"].split())
    2
    """
    told = {"webhook-id": id, "webhook-timestamp": str(timestamp)}
    if not secrets:
        return told
    signed = f"{id}.{timestamp}.".encode() + body
    return {**told, "webhook-signature": " ".join(_signature(own, signed) for own in secrets.split())}


def _signature(secret: str, signed: bytes) -> str:
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not LEAST <= len(key) <= MOST:
        # Not even a part of it is repeated.
        raise Permanent(f"a signing secret is {PREFIX} and {LEAST} to {MOST} bytes in base64")
    return key
