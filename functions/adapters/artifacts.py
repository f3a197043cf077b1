"""Artifacts in the object store, under the digest of their bytes."""

import hashlib
import re
from typing import Protocol

from functions.ports import Artifact
from subjects.errors import InvalidInput
from subjects.messages import Reference

_REF = re.compile(r"artifacts/([0-9a-f]{64})\Z")


class Store(Protocol):
    """What is needed of an object bucket; `subjects.kv.Objects` is one."""

    async def put(self, name: str, data: bytes) -> Reference:
        """Keep bytes under a name."""
        ...

    async def get(self, name: str) -> bytes:
        """The bytes under a name."""
        ...


class StoredArtifacts:
    """Implements `functions.ports.Artifacts` on a bucket."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, name: str, data: bytes, media_type: str = "application/octet-stream") -> Artifact:
        """Store bytes under what they contain."""
        digest = hashlib.sha256(data).hexdigest()
        await self._store.put(digest, data)
        return Artifact(name, media_type, len(data), digest, f"artifacts/{digest}")

    async def get(self, ref: str) -> bytes:
        """The bytes of an artifact."""
        found = _REF.match(ref)
        if found is None:
            raise InvalidInput(f"{ref[:100]!r} is not artifacts/<sha256>")
        return await self._store.get(found[1])
