"""The way in for every submission, whichever door it came through."""

import msgspec

from gateway.catalog import Catalog
from subjects import errors, names
from subjects.bus import Bus
from subjects.client.submit import Door, submit
from subjects.messages import Accepted, Submission


class Intake:
    """Accepts tasks for functions that exist, as many at once as the store can take."""

    def __init__(self, bus: Bus, catalog: Catalog, most: int) -> None:
        self.open = 0
        self._bus = bus
        self._catalog = catalog
        self._most = most

    async def accept(self, submission: Submission, door: Door) -> Accepted:
        """On disk when this returns. Overloaded where too many submissions wait for the store already."""
        names.priority(submission.priority)
        await self._catalog.check(submission.function)
        if self.open >= self._most:
            raise errors.Overloaded(f"{self.open} submissions wait for the store already")
        self.open += 1
        try:
            return await submit(self._bus, submission, door)
        finally:
            self.open -= 1


def keyed(submission: Submission, key: str | None) -> Submission:
    """The submission under the id that a header or a frame gives; InvalidRequest where it has another one."""
    if key is None:
        return submission
    if submission.id is None:
        return msgspec.structs.replace(submission, id=key)
    if submission.id != key:
        raise errors.InvalidRequest(
            f"the body says id {submission.id[:64]!r}, Idempotency-Key says {key[:64]!r}"
        )
    return submission
