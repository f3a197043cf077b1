"""Budgets that hold for all workers and all attempts, because the server counts."""

import asyncio

import pytest

from functions.adapters.models.budget import Spent
from functions.adapters.models.calling import Asker
from functions.adapters.models.counters import Counter, today
from functions.adapters.models.models import Models
from functions.adapters.models.task_model import TaskModel
from functions.providers import Budget
from infra.model_server import Say
from subjects.errors import BudgetExceeded

from .conftest import question


def worker(bus, settings) -> Models:
    """What each worker makes for itself."""

    async def tell(_) -> None:
        return None

    return Models(
        settings, {}, tell, lambda task: Counter(bus, "task" if task else "day", lambda: task or today())
    )


async def test_many_charges_at_once_are_all_counted(bus):
    one, other = (Counter(bus, "day", today) for _ in range(2))
    await asyncio.gather(*(own.charge(Spent(0.000_000_5, 3)) for own in (one, other) * 50))
    found = await one.spent()
    assert found == await other.spent()
    assert found.tokens == 300
    assert found.usd == pytest.approx(0.000_05)


async def test_the_budget_of_the_day_holds_for_all_workers(bus, model_server):
    model_server.answers = [lambda _: Say("fine", tokens=(60, 30))]
    settings = model_server.settings(budget=Budget(day_tokens=150))
    first, second = worker(bus, settings), worker(bus, settings)
    for models, task in ((first, "t-1"), (second, "t-2")):
        await TaskModel(models, Asker(task), lambda _: None).ask(question("?"))
    for models in (first, second):
        with pytest.raises(BudgetExceeded, match="180 of 150 tokens today"):
            await TaskModel(models, Asker("t-3"), lambda _: None).ask(question("?"))
        await models.close()
    assert len(model_server.asked) == 2


async def test_the_budget_of_a_task_holds_over_its_attempts(bus, model_server):
    model_server.answers = [lambda _: Say("fine", tokens=(60, 30))]
    settings = model_server.settings(budget=Budget(task_tokens=100))
    models, after_a_crash = worker(bus, settings), worker(bus, settings)
    await TaskModel(models, Asker("t-1", attempt=1), lambda _: None).ask(question("?"))
    with pytest.raises(BudgetExceeded, match="for this task"):
        await TaskModel(after_a_crash, Asker("t-1", attempt=2), lambda _: None).ask(question("?"))
    assert (await TaskModel(after_a_crash, Asker("t-2"), lambda _: None).ask(question("?"))).text == "fine"
    for own in (models, after_a_crash):
        await own.close()
