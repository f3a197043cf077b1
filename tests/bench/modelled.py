"""Who asks a model: the bare `openai` package, and ours on top of it; and the server that answers."""

import time

from functions.adapters.models.calling import Asker
from functions.adapters.models.models import Models
from functions.adapters.models.task_model import TaskModel
from functions.ports import Prompt, Turn
from functions.providers import ModelEntry, ModelSettings, Provider
from infra.model_server import Say, model_server
from subjects.model_call import ModelCall
from tests.bench.role import Given, Line

QUESTION = "Which of these findings first? " * 40
ANSWER = "The first one, because it runs whatever a visitor types. " * 10


async def serve(given: Given, line: Line) -> None:
    """A model that answers at once."""
    del given
    async with model_server(lambda _: Say(ANSWER)) as server:
        line.say(url=server.url)
        async for _ in line.asked():
            pass


async def ask(given: Given, line: Line) -> None:
    """Asks one question after the other, as the bare package or through our models."""
    import openai

    url = given["url"]
    bare = openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0, timeout=30.0)
    messages: list[dict[str, str]] = [{"role": "user", "content": QUESTION}]
    prompt = Prompt([Turn("user", QUESTION)])

    async def tell(call: ModelCall) -> None:
        del call

    models = Models(ModelSettings((Provider("near", url, (ModelEntry("scripted"),)),)), {}, tell)
    line.say()
    async for said in line.asked():
        began = time.perf_counter()
        for _ in range(said["count"]):
            if said["who"] == "bare":
                answer = await bare.chat.completions.create(model="scripted", messages=messages)  # type: ignore[call-overload]
                assert answer.choices[0].message.content == ANSWER
            else:
                reply = await TaskModel(models, Asker("t"), lambda _: None).ask(prompt)
                assert reply.text == ANSWER
        line.say(seconds=(time.perf_counter() - began) / said["count"])
    await models.close()
    await bare.close()
