"""What people see of their models: `revo model`, `revo doctor`."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from functions.providers import ModelEntry, ModelSettings, Provider
from infra.doctor import models
from infra.model_server import Say

MAIN = str(Path(__file__).resolve().parents[3] / "infra" / "__main__.py")
FILE = """
[[provider]]
name = "near"
url = "{url}"
key_env = "KEY_OF_NEAR"
models = [{{ name = "scripted", alias = "fast" }}, {{ name = "scripted-vectors", kind = "embedding" }}]

[[provider]]
name = "far"
url = "http://127.0.0.1:9/v1"
local = false
models = [{{ name = "big", price = {{ input = 2.5, output = 10 }} }}, {{ name = "odd" }}]
"""
KEY = "k-of-a-test-23"


@pytest.fixture
def revo(tmp_path, model_server):
    """`revo`, typed in a directory with a models.toml."""
    (tmp_path / "models.toml").write_text(FILE.format(url=model_server.url))
    environment = {**os.environ, "KEY_OF_NEAR": KEY, "COLUMNS": "200"}

    async def run(*words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", MAIN, *words, cwd=tmp_path, env=environment, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    return run


async def test_models_are_listed_with_prices_and_without_keys(revo):
    code, said = await revo("model", "ls", "-o", "json")
    rows = {row["model"]: row for row in json.loads(said)}
    assert code == 0
    assert list(rows) == ["scripted", "scripted-vectors", "big", "odd"]
    assert (rows["scripted"]["local"], rows["scripted"]["input_usd"]) == (True, 0.0)
    assert (rows["big"]["input_usd"], rows["big"]["output_usd"]) == (2.5, 10.0)
    assert rows["odd"]["input_usd"] is None
    _, table = await revo("model", "ls")
    assert "unknown" in table
    assert "KEY_OF_NEAR set" in table
    assert KEY not in said + table


async def test_a_model_is_tried_and_its_answer_timed(revo, model_server):
    model_server.answers = [Say("ready", tokens=(9, 1))]
    code, said = await revo("model", "test", "fast", "-o", "json")
    (row,) = json.loads(said)
    assert (code, row["outcome"], row["said"]) == (0, "ok", "ready")
    assert (row["input_tokens"], row["output_tokens"], row["usd"]) == (9, 1, 0.0)
    assert 0 < row["first_ms"] <= row["ms"]
    assert model_server.asked[0].key == KEY


async def test_what_does_not_answer_is_told_and_makes_the_exit_code(revo):
    code, said = await revo("model", "test", "-o", "json")
    outcomes = {row["model"]: row["outcome"] for row in json.loads(said)}
    assert code == 1
    assert outcomes == {
        "scripted": "ok",
        "scripted-vectors": "ok",
        "big": "unreachable",
        "odd": "unreachable",
    }
    code, said = await revo("model", "test", "gpt-9")
    assert (code, "revo model ls" in said) == (3, True)


async def test_the_doctor_looks_at_each_provider(model_server):
    model_server.models = ["scripted", "llama3.2:latest"]
    well = Provider("well", model_server.url, (ModelEntry("llama3.2"),))
    wrong = Provider("wrong", model_server.url, (ModelEntry("gpt-9"),))
    keyless = Provider("keyless", model_server.url, (ModelEntry("scripted"),), key_env="NOT_SET_ANYWHERE")
    gone = Provider("gone", "http://127.0.0.1:9/v1", (ModelEntry("x"),))
    found = [check async for check in models(ModelSettings((well, wrong, keyless, gone)), {})]
    assert [check.level for check in found] == ["ok", "warn", "bad", "warn"]
    assert "does not list gpt-9; it has scripted" in found[1].found
    assert "NOT_SET_ANYWHERE" in found[2].mend
    assert "ConnectError" in found[3].found


async def test_the_doctor_says_that_none_is_fine_and_how_to_add_one():
    (check,) = [own async for own in models(ModelSettings())]
    assert (check.level, "REVOAGENT_MODEL_URL" in check.found) == ("ok", True)


async def test_the_doctor_says_when_the_package_is_missing(monkeypatch, model_server):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (check,) = [own async for own in models(model_server.settings())]
    assert (check.level, check.mend) == ("bad", 'pip install "revoagent[models]"')
