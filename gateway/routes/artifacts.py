"""/api/artifacts: files that functions made."""

import re

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from gateway.exchange import Ask
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_NAME = re.compile(r"[^A-Za-z0-9._-]")


@get(
    "/api/artifacts/{sha256:str}",
    operation_id="getArtifact",
    opt=says(None, media="application/octet-stream"),
)
async def artifact(request: Ask, sha256: FromPath[str], name: FromQuery[str] = "") -> Response[bytes]:
    """The bytes of an artifact, as a download called `name`. A browser never shows or runs them."""
    if _DIGEST.match(sha256) is None:
        raise errors.NotFound(f"no artifact {sha256[:64]!r}: a SHA-256 in hexadecimal names one")
    data = await parts_of(request).client.objects("artifacts").get(sha256)
    called = _NAME.sub("_", name.rpartition("/")[2])[:100] or sha256[:16]
    return Response(
        data,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{called}"',
            "ETag": f'"{sha256}"',
            "Cache-Control": "private, max-age=86400, immutable",
            "X-Content-Type-Options": "nosniff",
        },
    )


HANDLERS = [artifact]
