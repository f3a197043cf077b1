"""The language models of a worker, bound to its tasks, its budgets and its ledger."""

import os

import structlog

from functions.adapters.models import counters
from functions.adapters.models.budget import Account
from functions.adapters.models.calling import Asker
from functions.adapters.models.counters import Counter
from functions.adapters.models.models import Models
from functions.adapters.models.task_model import TaskModel
from functions.adapters.no_model import WithoutModel
from functions.held import HeldTask
from functions.ports import Model, ModelUse
from functions.settings import WorkerSettings
from subjects import codec, errors, names
from subjects.bus import Bus
from subjects.ids import new_id
from subjects.model_call import ModelCall
from subjects.traces import OFF, Tracer

log = structlog.get_logger()


def opened(bus: Bus, settings: WorkerSettings) -> Models:
    """The models of this worker. Keys are read here, from the environment, and handed to nobody else."""

    async def tell(call: ModelCall) -> None:
        headers = {codec.MSG_ID: f"model-{new_id()}"}
        try:
            await bus.store(names.metric(settings.name, "model_call"), codec.encode(call), headers)
        except errors.RevoError as error:
            log.warning("model call not written down", task=call.task, code=error.code)

    def account(task: str) -> Account:
        if task:
            return Counter(bus, "task", lambda: task)
        return Counter(bus, "day", counters.today)

    return Models(settings.models, os.environ, tell, account)


def bound(models: Models, held: HeldTask, worker: str, tracer: Tracer = OFF) -> Model:
    """The models for one attempt; what it uses goes into its result."""
    if not models.settings.provider:
        return WithoutModel()
    task = held.task

    def told(use: ModelUse) -> None:
        held.usage = use

    if task is None:
        return TaskModel(models, Asker(worker=worker), told)
    agent = task.agent or task.queue
    return TaskModel(models, Asker(task.id, task.name, agent, task.attempt, worker, tracer, held.trace), told)
