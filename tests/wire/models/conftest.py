"""The models of a task against real HTTP servers, without a queue."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from functions.adapters.models import calling
from functions.adapters.models.calling import Asker
from functions.adapters.models.models import Models
from functions.adapters.models.task_model import TaskModel
from functions.ports import ModelUse, Prompt, Turn
from functions.providers import ModelSettings
from subjects.model_call import ModelCall


class Asking:
    """A task with models, and all that is told of its calls."""

    def __init__(self, models: Models, calls: list[ModelCall]) -> None:
        self.models = models
        self.calls = calls
        self.told: list[ModelUse] = []
        self.model = self.another()

    def another(self) -> TaskModel:
        return TaskModel(self.models, Asker("t-1", "text.ask", "text", 1, "w-1"), self.told.append)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(own.provider, own.outcome) for own in self.calls]


@pytest_asyncio.fixture
async def asking() -> AsyncIterator[Callable[..., Asking]]:
    """Makes a task that may ask the models of some settings."""
    async with contextlib.AsyncExitStack() as stack:

        def make(settings: ModelSettings, **environment: Any) -> Asking:
            calls: list[ModelCall] = []

            async def tell(call: ModelCall) -> None:
                calls.append(call)

            models = Models(settings, environment, tell)
            stack.push_async_callback(models.close)
            return Asking(models, calls)

        yield make


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a provider asks for is waited for; our own pauses between tries need not be."""
    monkeypatch.setattr(calling.random, "uniform", lambda *_: 0.01)


def question(text: str, **given: Any) -> Prompt:
    return Prompt([Turn("user", text)], **given)
