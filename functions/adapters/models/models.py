"""All models of a worker: which may be asked for a name, in which order, and how their providers do."""

import time
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from functions import providers
from functions.adapters.models.breaker import Breaker
from functions.adapters.models.budget import Ledger, Open, Purse
from functions.adapters.models.endpoint import Endpoint
from functions.adapters.models.share import LocalShare
from functions.providers import ModelEntry, ModelSettings, Provider
from subjects.errors import NoModel
from subjects.model_call import ModelCall

Tell = Callable[[ModelCall], Awaitable[None]]
"""Writes one call down for analytics; never raises."""


class Route(Struct, frozen=True):
    """One model that may answer, and the way to it."""

    endpoint: Endpoint
    breaker: Breaker
    model: ModelEntry

    @property
    def provider(self) -> Provider:
        """Whose model it is."""
        return self.endpoint.provider

    @property
    def name(self) -> str:
        """Provider and model, for people."""
        return f"{self.provider.name}/{self.model.name}"


class Models:
    """What the tasks of one worker share: connections, breakers, the budget of the day."""

    def __init__(
        self,
        settings: ModelSettings,
        environment: Mapping[str, str],
        tell: Tell,
        account: Open = lambda _: Ledger(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.tell = tell
        self.share = LocalShare(settings.local_share, settings.local_window)
        budget = settings.budget
        self.day = Purse("today", budget.day_usd, budget.day_tokens, account(""))
        self._account = account
        self._ways = [
            (Endpoint(own, environment.get(own.key_env) if own.key_env else None), _breaker(settings, clock))
            for own in settings.ordered
        ]

    def has(self, kind: providers.Kind) -> bool:
        """Whether a model of a kind may be asked at all."""
        return any(endpoint.provider.find("auto", kind) for endpoint, _ in self._ways)

    def routes(self, name: str, kind: providers.Kind, *, local_only: bool = False) -> list[Route]:
        """Who may answer, first come first asked. NoModel where nobody may, with the names that there are."""
        found = [
            Route(endpoint, breaker, model)
            for endpoint, breaker in self._ways
            if (endpoint.provider.is_local or not local_only)
            and (model := endpoint.provider.find(name, kind)) is not None
        ]
        if not found:
            raise NoModel(self._nobody(name, kind, local_only=local_only))
        return found

    def task_purse(self, task: str) -> Purse:
        """The budget of a task."""
        budget = self.settings.budget
        return Purse("for this task", budget.task_usd, budget.task_tokens, self._account(task))

    async def close(self) -> None:
        """Close all connections."""
        for endpoint, _ in self._ways:
            await endpoint.close()

    def _nobody(self, name: str, kind: providers.Kind, *, local_only: bool) -> str:
        known = [
            own.alias or own.name for way in self._ways for own in way[0].provider.models if own.kind == kind
        ]
        where = "local " if local_only else ""
        named = "" if name == "auto" else f" called {name[:80]!r}"
        there = f"; there are {', '.join(dict.fromkeys(known))}" if known else ""
        return f"no {where}{kind} model{named} is configured{there}"


def _breaker(settings: ModelSettings, clock: Callable[[], float]) -> Breaker:
    return Breaker(settings.breaker, clock)
