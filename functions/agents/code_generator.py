"""The code generator: typed models out of a schema, formatted, compiled, and tested by a round trip."""

import ast
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from functions.agents import checked, reading
from functions.api import function
from functions.context import Context
from functions.findings import Report, ToolRun, status_of
from functions.ports import Command, Limits
from subjects.errors import InvalidInput, NotFound, PayloadTooLarge

PROGRAM = Path(__file__).with_name("schemas.py")
LIMITS = Limits(seconds=60, memory=2 << 30)
MOST_BYTES = 2 << 20
_TEMPORARY = Path(tempfile.gettempdir()).resolve()

Kind = Literal["auto", "jsonschema", "openapi", "json"]
Output = Literal["msgspec", "dataclass", "pydantic"]
Name = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_]{0,60}$", description="A Python module.")]

_TYPES: dict[Output, str] = {
    "msgspec": "msgspec.Struct",
    "dataclass": "dataclasses.dataclass",
    "pydantic": "pydantic_v2.BaseModel",
}


class Schema(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schema or a sample: as text or value, or as a file of a project."""

    schema: Annotated[Any, Meta(description="JSON Schema, OpenAPI or a sample; text is JSON or YAML.")] = None
    path: str | None = None
    archive: str | None = None
    file: Annotated[str | None, Meta(description="The schema's path below the project.")] = None
    kind: Kind = "auto"
    output: Output = "msgspec"
    module: Name = "models"

    def __post_init__(self) -> None:
        in_project = (self.path is None) != (self.archive is None) and self.file is not None
        if (self.schema is None) == (not in_project):
            raise ValueError("give either schema, or a file with path or archive")


class Understood(Struct, frozen=True):
    """The answer of the program `schemas.py`."""

    error: str = ""
    kind: str = ""
    outside: list[str] = []
    text: str = ""
    samples: dict[str, list[Any]] = {}


@function("code_generator.from_schema", timeout=300)
async def from_schema(input: Schema, ctx: Context) -> Report:
    """Write Python models for a JSON Schema, an OpenAPI document or a sample, and a test that they hold it.

    `ok` only where ruff and the compiler are content and the round trip of samples has passed in the sandbox.
    Nothing is fetched: references to other documents are refused.
    """
    understood = await _understood(ctx, await _text(input, ctx), input.kind)
    version = reading.installed("datamodel-code-generator")
    if version is None:
        return Report(
            "failed", "nothing was generated", [], [reading.missing("datamodel-code-generator").tool]
        )
    with tempfile.TemporaryDirectory(prefix="revo-models-", dir=_TEMPORARY) as folder:
        place = Path(folder)
        await checked.written(place, {"schema.json": understood.text.encode()})
        ran = await reading.run(ctx, "datamodel-codegen", version, _command(input, understood.kind, place))
        code = place / f"{input.module}.py"
        if ran.tool.status != "ran" or not await asyncio.to_thread(code.is_file):
            tool = msgspec.structs.replace(ran.tool, status="failed")
            return Report(
                "failed", "nothing was generated", [], [tool], {}, [tool.reason or ran.errors[-500:]]
            )
        return await _proved(input, ctx, place, understood, ran.tool)


async def _proved(input: Schema, ctx: Context, place: Path, understood: Understood, tool: ToolRun) -> Report:
    """The report on what was generated, after its checks."""
    name = f"{input.module}.py"
    source = await asyncio.to_thread((place / name).read_text)
    classes = await asyncio.to_thread(names_in, source)
    test, used, unused = test_for(input.module, input.output, classes, understood.samples)
    await checked.written(place, {f"test_{name}": test.encode()})
    (place / "schema.json").unlink()
    tools = [tool, *await checked.formatted(ctx, place, [name, f"test_{name}"])]
    proof = await checked.verified(ctx, place, [name, f"test_{name}"], rules="E4,E7,E9,F")
    files = await asyncio.to_thread(checked.collected, place)
    tools += proof.tools
    tools.append(await checked.proved(ctx, place, [f"test_{name}"], "round trip"))
    status = status_of(tools)
    notes = [f"no sample could be made of {own}: only its type was checked" for own in unused]
    notes += [f"{own.name} {own.status}: {own.reason}" for own in tools if own.status != "ran"]
    done = "passed" if tools[-1].status == "ran" else "did not pass"
    return Report(
        status if status == "ok" else "failed" if not proof.passed else "partial",
        f"{len(classes)} types from {understood.kind}, {used} samples; the round trip {done}",
        proof.findings, tools, {"kind": understood.kind, "types": classes, "samples": used}, notes,
        await checked.kept(ctx, files),
    )  # fmt: skip


async def _text(input: Schema, ctx: Context) -> str:
    if input.file is None:
        return input.schema if isinstance(input.schema, str) else msgspec.json.encode(input.schema).decode()
    directory = await ctx.projects.directory(input.path, input.archive)
    data = await asyncio.to_thread(checked.contents, directory, input.file)
    if data is None or ".." in Path(input.file).parts:
        raise NotFound(f"the project has no file {input.file!r}")
    return data.decode("utf-8", "replace")


async def _understood(ctx: Context, text: str, kind: Kind) -> Understood:
    if len(text) > MOST_BYTES:
        raise PayloadTooLarge(f"a schema has at most {MOST_BYTES >> 20} MB")
    command = Command(
        [sys.executable, "-I", str(PROGRAM)], (PROGRAM.parent,), None,
        msgspec.json.encode({"text": text, "kind": kind}), limits=LIMITS,
    )  # fmt: skip
    ran = await reading.run(ctx, "schemas", "", command)
    if ran.tool.status != "ran":
        raise InvalidInput(f"the schema cannot be read within the limits: {ran.tool.reason[-300:]}")
    found = msgspec.json.decode(ran.output, type=Understood)
    if found.error:
        raise InvalidInput(found.error)
    if found.outside:
        shown = ", ".join(found.outside[:5])
        raise InvalidInput(f"it refers to other documents, which are not fetched: {shown}; bundle them first")
    return found


def _command(input: Schema, kind: str, place: Path) -> Command:
    argv = [
        sys.executable, "-I", "-m", "datamodel_code_generator", "--input", "schema.json",
        "--input-file-type", kind, "--output", f"{input.module}.py",
        "--output-model-type", _TYPES[input.output],
        "--formatters", "ruff-format", "--target-python-version", "3.11", "--use-union-operator",
        "--use-standard-collections", "--use-double-quotes", "--use-schema-description", "--use-annotated",
        "--disable-timestamp", "--no-allow-remote-refs", "--strict-refs",
        "--disable-future-imports", *(["--keyword-only"] if input.output != "pydantic" else []),
    ]  # fmt: skip
    return Command(argv, (), place, limits=LIMITS)


def names_in(source: str) -> list[str]:
    """The classes and aliases that a module defines, in order; none where it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return found


def test_for(
    module: str, output: Output, classes: list[str], samples: Mapping[str, list[Any]]
) -> tuple[str, int, list[str]]:
    """The text of a test, the number of samples in it, and the schemas of which there is no sample."""
    by_key = {re.sub(r"\W|_", "", own).lower(): own for own in classes}
    rows: list[tuple[str, Any]] = []
    unused: list[str] = []
    for name, values in samples.items():
        own = by_key.get(re.sub(r"\W|_", "", name).lower()) if name else (classes[-1] if classes else None)
        if own is None or not values:
            unused.append(name or "the whole document")
            continue
        rows += [(own, value) for value in values]
    text = json.dumps(json.dumps(rows))
    return (
        _TESTS[output == "pydantic"].format(module=module, rows=text, classes=json.dumps(classes)),
        len(rows),
        unused,
    )


_MSGSPEC = '''"""The models hold what their schema describes, and give it back."""

import json

import msgspec
import pytest

import {module} as models

SAMPLES = json.loads({rows})


@pytest.mark.parametrize("name", {classes})
def test_every_type_can_be_resolved(name):
    assert msgspec.json.schema(getattr(models, name)) is not None


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_comes_back_as_it_was(name, sample):
    kind = getattr(models, name)
    value = msgspec.convert(sample, kind)
    assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value
    if isinstance(sample, dict):
        back = msgspec.to_builtins(value)
        assert {{key: back.get(key) for key in sample}} == sample
'''
_PYDANTIC = '''"""The models hold what their schema describes, and give it back."""

import json

import pydantic
import pytest

import {module} as models

SAMPLES = json.loads({rows})


@pytest.mark.parametrize("name", {classes})
def test_every_type_can_be_resolved(name):
    assert pydantic.TypeAdapter(getattr(models, name)).json_schema() is not None


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_comes_back_as_it_was(name, sample):
    kind = pydantic.TypeAdapter(getattr(models, name))
    value = kind.validate_python(sample)
    assert kind.validate_json(kind.dump_json(value, by_alias=True)) == value
    if isinstance(sample, dict):
        assert sample.keys() <= kind.dump_python(value, by_alias=True).keys()
'''
_TESTS = {False: _MSGSPEC, True: _PYDANTIC}

FUNCTIONS = (from_schema,)
