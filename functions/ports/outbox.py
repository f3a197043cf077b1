"""The way to people outside: web servers, a mail server and subjects of NATS that are not ours."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Posted(Struct, frozen=True):
    """What a web server answered; its body is not read. `retry_after`: the header as it came."""

    status: int
    retry_after: str = ""


class Mail(Struct, frozen=True):
    """A message of plain text. `id` makes its Message-ID, the same at every attempt."""

    id: str
    to: Sequence[str]
    subject: str
    text: str


class Outbox(Protocol):
    """Sends. A secret is asked for by the name of its environment variable, and only there."""

    def secret(self, variable: str) -> str:
        """The value of a variable of this worker; NotFound, with the name alone, without one."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Post, and follow no redirect. EgressDenied where it leads to what is not public; Unreachable."""
        ...

    async def mail(self, mail: Mail, *, patient: bool) -> dict[str, str]:
        """Who was refused, and why. `patient`: Unreachable where somebody is refused for now only.

        Unreachable where another attempt may do better, Permanent where it will not.
        """
        ...

    async def publish(self, subject: str, payload: bytes, id: str) -> None:
        """Publish; Unavailable without a server. InvalidRequest where the subject is one of ours."""
        ...
