"""The code of docs/tutorial.md runs, on a real server."""

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest

from functions import registry
from infra import cli

BLOCK = re.compile(r"^```python (\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def text(root):
    """The tutorial."""
    return (root / "docs" / "tutorial.md").read_text()


@pytest.fixture
def modules(text, tmp_path, monkeypatch):
    """Its modules by name, written into a folder and imported as a user would."""
    for name, code in BLOCK.findall(text):
        (tmp_path / name).write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    found = {}
    for name, _ in BLOCK.findall(text):
        if name.startswith("test_"):
            continue
        spec = importlib.util.spec_from_file_location(name.removesuffix(".py"), tmp_path / name)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        found[spec.name] = module
    return found


def test_the_function_has_eight_lines(text):
    (code,) = (code for name, code in BLOCK.findall(text) if name == "weather.py")
    assert len([line for line in code.splitlines() if line.strip()]) <= 8


def test_every_block_of_python_is_named_and_run(text):
    assert text.count("```python") == len(BLOCK.findall(text))
    assert {name for name, _ in BLOCK.findall(text)} == {
        "weather.py", "ends.py", "trip.py", "test_weather.py", "caller.py",
    }  # fmt: skip


async def test_the_function_and_its_caller_work(modules, revo_stack):
    s = await revo_stack(modules["weather"].describe, modules["trip"].tour)
    assert await modules["caller"].ask(s.server.url) == "completed"
    result = await s.client.run("weather.tour", {"places": ["Ghent", "Oslo"]}, wait=15)
    assert bytes(result.output) == b'["20 degrees in Ghent","20 degrees in Oslo"]'


async def test_it_ends_as_the_text_says(modules, revo_stack):
    s = await revo_stack(modules["ends"].fetch)

    async def state(place):
        return (await s.client.run("weather.fetch", {"place": place}, wait=15)).state

    assert [await state(place) for place in ("", "Atlantis", "Oslo")] == ["rejected", "failed", "completed"]
    assert [letter.function for letter in await s.client.dead_letters()] == ["weather.fetch"]
    waits = await s.client.start("weather.fetch", {"place": "Babel"})
    while (await s.client.get(waits.id)).at is None:  # noqa: ASYNC110 - nothing tells when a task is on the calendar
        await asyncio.sleep(0.01)


@pytest.mark.timeout(60)
async def test_the_test_of_the_text_passes(text, modules, tmp_path, root):
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    plugin = [] if _installed() else ["-p", "infra.pytest_plugin"]
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, "test_weather.py",
        cwd=tmp_path, env=_environment(root), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()
    assert b"2 passed" in said


def test_the_worker_of_the_text_finds_the_function(modules, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(registry.load(["weather.py"])) == {"weather.describe"}


def test_every_command_of_the_text_exists(text):
    words = re.findall(r"\brevo (\w+)", "\n".join(SHELL.findall(text)) + text)
    assert words
    assert [word for word in words if word not in cli.COMMANDS] == []


def test_the_entry_point_is_the_group_that_workers_look_in(text):
    (declared,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert registry.ENTRY_POINTS in tomllib.loads(declared)["project"]["entry-points"]


def _installed():
    return any(point.name == "revoagent" for point in metadata.entry_points(group="pytest11"))


def _environment(root):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
