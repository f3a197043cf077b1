"""Files that a function hands back by reference, because they are no JSON or too large for a result."""

from typing import Annotated, Protocol

from msgspec import Meta, Struct


class Artifact(Struct, frozen=True):
    """A stored file: `GET /api/artifacts/{sha256}` has its bytes, `revo artifact get` too."""

    name: Annotated[str, Meta(description="What to call it, with /, for example dist/shop-1.0.whl.")]
    media_type: str
    size: Annotated[int, Meta(description="Bytes.")]
    sha256: str
    ref: Annotated[str, Meta(description="artifacts/<sha256> in the object store; kept for 30 days.")]


class Artifacts(Protocol):
    """Keeps files under what they contain: the same bytes twice are one object."""

    async def put(self, name: str, data: bytes, media_type: str = "application/octet-stream") -> Artifact:
        """Store bytes; PayloadTooLarge above 100 MB, StoreFull where there is no room."""
        ...

    async def get(self, ref: str) -> bytes:
        """The bytes of `artifacts/<sha256>`; NotFound where they are not, or no longer, there."""
        ...
