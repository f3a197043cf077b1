"""Commands that are not acknowledged: bounded, and each is done once however often it is sent."""

import asyncio
from collections.abc import Callable
from typing import Any

from gateway.client.frames import Outgoing
from gateway.client.options import Backoff
from subjects import errors

BUSY = Backoff(base=0.5, cap=8.0, floor=0.5)


class Command:
    """One command until its answer comes."""

    def __init__(self, frame: Outgoing) -> None:
        self.frame = frame
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.sent = False
        """On the connection that stands now."""
        self.tried = False
        self.resting = False
        """The gateway was busy: not before a while."""
        self.refusals = 0


class Outbox:
    """At most so many. `wake` is called when one is due again."""

    def __init__(self, most: int, wake: Callable[[], None]) -> None:
        self._most = most
        self._wake = wake
        self._commands: dict[str, Command] = {}

    def __len__(self) -> int:
        return len(self._commands)

    async def done(self, id: str, frame: Outgoing, patience: float) -> Any:
        """The answer; an error of the table where it is not done, or nobody said so in time."""
        if len(self._commands) >= self._most:
            raise errors.Overloaded(f"{self._most} commands wait already")
        command = self._commands[id] = Command(frame)
        self._wake()
        try:
            async with asyncio.timeout(patience):
                return await command.answer
        except TimeoutError:
            why = "nobody said whether it was done" if command.tried else "it was never sent"
            raise errors.Unavailable(f"no answer within {patience:g} s: {why}") from None
        finally:
            self._commands.pop(id, None)

    def due(self) -> list[Outgoing]:
        """What is to be sent now; it counts as sent."""
        due = [command for command in self._commands.values() if not command.sent and not command.resting]
        for command in due:
            command.sent = command.tried = True
        return [command.frame for command in due]

    def acknowledge(self, id: str, answer: Any) -> None:
        """It was done."""
        command = self._commands.get(id)
        if command is not None and not command.answer.done():
            command.answer.set_result(answer)

    def refuse(self, id: str, error: errors.RevoError) -> None:
        """It was not done; one that the gateway was too busy for is sent again after a while."""
        command = self._commands.get(id)
        if command is None or command.answer.done():
            return
        if not (error.retryable and error.status in (429, 503)):
            command.answer.set_exception(error)
            return
        command.sent, command.resting = False, True
        asyncio.get_running_loop().call_later(BUSY.delay(command.refusals), self._rested, command)
        command.refusals += 1

    def lost(self) -> None:
        """The connection is gone: what was not acknowledged is sent again on the next one."""
        for command in self._commands.values():
            command.sent = False

    def fail(self, error: errors.RevoError, *, all: bool) -> None:
        """Give up what was sent on this connection, or all of it."""
        for command in self._commands.values():
            if (all or command.sent) and not command.answer.done():
                command.answer.set_exception(error)

    def _rested(self, command: Command) -> None:
        command.resting = False
        self._wake()
