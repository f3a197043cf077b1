"""What docs/models.md shows works as it stands there."""

import re
import tomllib
from pathlib import Path

import msgspec

from functions import registry
from functions.providers import ModelSettings
from functions.settings import WorkerSettings

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_in_the_document_is_read():
    (text,) = blocks("toml")
    own = msgspec.convert(tomllib.loads(text), ModelSettings)
    assert [provider.name for provider in own.ordered] == ["ollama", "vllm", "openai", "anthropic"]
    assert own.budget.day_usd == 5.0


async def test_the_function_and_its_test_in_the_document_run(revo_stack, model_server, tmp_path):
    function, test = blocks("python")
    file = tmp_path / "text_jobs.py"
    file.write_text(function)
    (judge,) = registry.load([str(file)]).values()
    told = {"judge": judge, "WorkerSettings": WorkerSettings}
    exec(test, told)
    await told["test_a_busy_model_is_waited_for"](revo_stack, model_server)
    assert len(model_server.asked) == 2
