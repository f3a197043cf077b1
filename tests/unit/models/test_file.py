"""models.toml and the quick way by the environment."""

from pathlib import Path

import pytest

from functions.settings import WorkerSettings
from infra import settings
from infra.models import WrongModels

FILE = """
[budget]
task_usd = 0.5
day_tokens = 1_000_000

[[provider]]
name = "openai"
url = "https://api.openai.com/v1"
key_env = "OPENAI_API_KEY"
models = [{ name = "gpt-4o-mini", alias = "fast", price = { input = 0.15, output = 0.6 } }]

[[provider]]
name = "ollama"
url = "http://127.0.0.1:11434/v1"
timeout = 300
models = [{ name = "deepseek-r1:14b" }, { name = "nomic-embed-text", kind = "embedding" }]
"""


def test_without_anything_there_are_no_models(tmp_path):
    assert settings.load({}, tmp_path).worker.models.provider == ()


@pytest.mark.parametrize("place", [".", ".revo", "elsewhere"])
def test_the_file_is_found_where_it_is_told_or_in_the_state_or_current_directory(tmp_path, place):
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "models.toml").write_text(FILE)
    told = {"REVOAGENT_MODELS": "elsewhere/models.toml"} if place == "elsewhere" else {}
    own = settings.load(told, tmp_path).worker
    assert [provider.name for provider in own.models.ordered] == ["ollama", "openai"]
    assert own.models.budget.day_tokens == 1_000_000
    assert own.models.key_variables == {"OPENAI_API_KEY"}
    assert settings.decode(settings.encode(own), WorkerSettings) == own


def test_one_endpoint_needs_no_file_and_comes_before_it(tmp_path):
    (tmp_path / "models.toml").write_text(FILE)
    told = {
        "REVOAGENT_MODEL_URL": "http://localhost:8080/v1",
        "REVOAGENT_MODEL_NAME": "llama",
        "REVOAGENT_MODEL_EMBEDDINGS": "minilm",
        "REVOAGENT_MODELS_LOCAL_ONLY": "true",
    }
    own = settings.load(told, tmp_path).worker.models
    assert [provider.name for provider in own.ordered] == ["environment", "ollama"]
    assert [model.name for model in own.ordered[0].models] == ["llama", "minilm"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[provider]", "models.toml"),
        ("[[provider]]\nname = 'a'", "url"),
        ("[[provider]]\nname = 'a b'\nurl = 'http://x/v1'\nmodels = [{name = 'm'}]", "name"),
        ("[[provider]]\nname = 'a'\nurl = 'ftp://x'\nmodels = [{name = 'm'}]", "url"),
        ("[[provider]]\nname = 'a'\nurl = 'http://x'\nmodels = []", "models"),
        ("[[provider]]\nname = 'a'\nurl = 'http://x'\nkey = 'hidden-17'\nmodels = [{name = 'm'}]", "key"),
        ("[budget]\ntask_usd = -1", "task_usd"),
        ("[[provider]]\nname='a'\nurl='http://x'\nmodels=[{name='m'}]\n" * 2, "two providers are called a"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place_and_never_a_key(tmp_path: Path, text, said):
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(WrongModels, match=said) as caught:
        settings.load({}, tmp_path)
    assert "hidden-17" not in caught.value.message


@pytest.mark.parametrize(
    "told",
    [
        {"REVOAGENT_MODELS": "not-there.toml"},
        {"REVOAGENT_MODEL_URL": "http://localhost/v1"},
        {"REVOAGENT_MODEL_URL": "localhost", "REVOAGENT_MODEL_NAME": "m"},
        {"REVOAGENT_MODEL_URL": "https://me:hidden-17@x.example/v1", "REVOAGENT_MODEL_NAME": "m"},
    ],
)
def test_what_is_wrong_in_the_environment_is_said_and_never_a_key(tmp_path, told):
    with pytest.raises(WrongModels) as caught:
        settings.load(told, tmp_path)
    assert "hidden-17" not in caught.value.message
