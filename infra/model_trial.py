"""One tiny question to one model: does it answer, how fast, and what does it take."""

import contextlib
import time
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from functions.adapters.models.calling import Asker
from functions.adapters.models.failure import CallFailed
from functions.adapters.models.models import Models
from functions.adapters.models.task_model import TaskModel
from functions.ports import Prompt, Reply, Turn
from functions.providers import ModelEntry, ModelSettings, Provider
from subjects import errors
from subjects.model_call import ModelCall

QUESTION = Prompt([Turn("user", "Answer with the single word: ready")], max_tokens=500)


class Tried(Struct, frozen=True):
    """What one tiny question came to."""

    model: str
    provider: str
    outcome: str
    first_ms: float | None
    ms: float
    input_tokens: int
    output_tokens: int
    usd: float | None
    said: str


async def tried(provider: Provider, entry: ModelEntry, environment: Mapping[str, str]) -> Tried:
    """What came of it: never an error. Loading the package is not part of the time."""
    calls: list[ModelCall] = []

    async def tell(call: ModelCall) -> None:
        calls.append(call)

    alone = msgspec.structs.replace(provider, models=(entry,), retries=0)
    models = Models(ModelSettings((alone,)), environment, tell)
    asking = TaskModel(models, Asker(), lambda _: None)
    first, said = None, ""
    try:
        for route in models.routes("auto", entry.kind):
            with contextlib.suppress(CallFailed):
                await route.endpoint.open()
        began = time.monotonic()
        if entry.kind == "embedding":
            said = f"a vector of {len((await asking.embed(['ready'])).vectors[0])} numbers"
        else:
            async for piece in asking.stream(QUESTION):
                first = first or time.monotonic() - began
                said = piece.text if isinstance(piece, Reply) else said
    except errors.RevoError as error:
        said = error.message.removeprefix("no model answered: ")
    finally:
        await models.close()
    call = calls[-1] if calls else None
    return Tried(
        entry.name,
        provider.name,
        call.outcome if call else "failed",
        None if first is None else round(first * 1000, 1),
        call.ms if call else 0.0,
        call.input_tokens if call else 0,
        call.output_tokens if call else 0,
        call.usd if call else None,
        " ".join(said.split())[:200],
    )
