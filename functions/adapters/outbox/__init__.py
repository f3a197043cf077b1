"""What a worker sends to people outside: HTTP through a gate, e-mail, and NATS."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from functions.adapters.outbox import http, smtp
from functions.ports import Bounds, Egress, Mail, Posted
from functions.settings import Smtp
from subjects import errors
from subjects.bus import Bus
from subjects.notifications import foreign, web_address

__all__ = ["LocalOutbox"]

BOUNDS = Bounds(most_bytes=2 << 20, most_connections=1, at_once=1, idle=120.0)


class LocalOutbox:
    """Implements `functions.ports.Outbox`. `environment` is where secrets are."""

    def __init__(self, bus: Bus, egress: Egress, server: Smtp, environment: Mapping[str, str]) -> None:
        self._bus = bus
        self._egress = egress
        self._server = server
        self._environment = environment

    @property
    def variables(self) -> frozenset[str]:
        """Variables with secrets: no child process gets them."""
        signing = {name for name, value in self._environment.items() if value.lstrip().startswith("whsec_")}
        return frozenset(signing | {own for own in (self._server.password_env,) if own})

    def secret(self, variable: str) -> str:
        """The value of a variable."""
        value = self._environment.get(variable, "").strip()
        if not value:
            raise errors.NotFound(f"the variable {variable} is not set in the environment of this worker")
        return value

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Post through a gate that is opened for this alone."""
        with tempfile.TemporaryDirectory(prefix="revo-") as directory:
            async with self._egress.opened(Path(directory), BOUNDS) as gate:
                return await http.post(gate.socket, web_address(url), headers, body)

    async def mail(self, mail: Mail, *, patient: bool) -> dict[str, str]:
        """Hand a message to the server of the settings."""
        if not self._server.host or not self._server.sender:
            raise errors.Permanent("no mail server: REVOAGENT_SMTP_HOST and REVOAGENT_SMTP_FROM are not set")
        password = self.secret(self._server.password_env) if self._server.password_env else ""
        return await smtp.sent(self._server, password, mail, patient=patient)

    async def publish(self, subject: str, payload: bytes, id: str) -> None:
        """Publish; once where a stream listens there, as it knows the id."""
        await self._bus.post(foreign(subject), payload, headers={"Nats-Msg-Id": id})
        if not self._bus.connected:
            raise errors.Unavailable("the connection to NATS is down")
