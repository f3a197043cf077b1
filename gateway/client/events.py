"""Events of one or more channels, as a loop or as a context that begins before something is done."""

import logging
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from gateway.client.feed import Listener, Place
from gateway.client.frames import Event, Gap
from gateway.client.link import Link

log = logging.getLogger("revoagent.client")


class Events:
    """Every event once and in order. Made by `Client.events`.

    A loop that is slower than what comes loses nothing: its channels pause, and go on where it is.
    """

    def __init__(
        self, link: Link, channels: Sequence[str], place: Place | None, gap: Callable[[Gap], None] | None
    ) -> None:
        self._link = link
        self._channels = channels
        self._listener: Listener = link.listen(channels, place)
        self._gap = gap or _say
        # A loop that was left by `break` is nobody's any more, and still has to be forgotten.
        self._leave = weakref.finalize(self, link.leave, self._listener)

    async def __aenter__(self) -> Self:
        """Wait until the gateway sends them: what happens in the body is heard."""
        await self._link.stand(self._channels, self._listener)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next one, whenever it comes; UnknownChannel and its like where the gateway refuses them."""
        while True:
            told = await self._listener.next()
            self._link.taken(self._listener)
            if not isinstance(told, Gap):
                return told.event()
            self._gap(told)

    def close(self) -> None:
        """Hear no more; closing twice is fine."""
        self._leave()


def _say(gap: Gap) -> None:
    log.warning("events of %s up to %d will not come (%s)", gap.channel, gap.to, gap.reason)
