"""Asks analytics for a route."""

from typing import Any

from gateway.parts import Parts
from subjects import errors


async def asked(parts: Parts, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a named query as objects; what is None is not asked for. Unavailable without analytics."""
    wanted = {key: value for key, value in given.items() if value is not None}
    try:
        answer = await parts.client.query(query, wanted)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
