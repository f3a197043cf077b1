"""Models out of schemas and changes over projects, each proved in the real sandbox."""

import shutil

import pytest

from functions.adapters.projects import LocalProjects
from subjects.errors import InvalidInput, NotFound
from tests.agents.conftest import SAMPLES, FakeHost

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Order",
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string", "minLength": 3},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "ship-to": {"type": "string"},
        "parent": {"$ref": "#"},
        "state": {"enum": ["open", "paid"]},
    },
    "$defs": {
        "Line": {
            "type": "object",
            "required": ["count"],
            "properties": {"count": {"type": "integer", "minimum": 1}},
        }
    },
}
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {},
    "components": {
        "schemas": {
            "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
        }
    },
}


@pytest.fixture
async def bench(bwrap, tmp_path):
    async with LocalProjects((tmp_path, SAMPLES)) as projects:
        yield FakeHost(bwrap, projects)


async def files(bench, report):
    return {own.name: (await bench.artifacts.get(own.ref)).decode() for own in report.artifacts}


async def test_a_recursive_schema_becomes_structs_that_hold_its_samples(bench):
    report = await bench.call("code_generator.from_schema", {"schema": ORDER})
    made = await files(bench, report)
    assert report.status == "ok"
    assert {own.name: own.status for own in report.tools}["round trip"] == "ran"
    assert "class Order(Struct" in made["models.py"]
    assert 'name="ship-to"' in made["models.py"]
    assert "count: Annotated[int, Meta(ge=1)]" in made["models.py"]
    assert report.metrics["samples"] >= 3


@pytest.mark.parametrize(
    ("schema", "output", "said"),
    [
        (OPENAPI, "pydantic", "class Pet(BaseModel)"),
        ("id: 7\ntags: [a, b]\n", "dataclass", "tags: list[str]"),
    ],
)
async def test_openapi_and_samples_become_models_too(bench, schema, output, said):
    report = await bench.call(
        "code_generator.from_schema", {"schema": schema, "output": output, "module": "shapes"}
    )
    assert report.status == "ok"
    assert said in (await files(bench, report))["shapes.py"]


async def test_a_type_that_cannot_hold_its_samples_is_not_ok(bench):
    report = await bench.call("code_generator.from_schema", {"schema": ORDER, "output": "dataclass"})
    assert report.status == "partial"
    assert {own.name: own.status for own in report.tools}["round trip"] == "failed"


async def test_a_schema_in_a_project_is_read_from_there_and_no_further(bench, tmp_path):
    place = tmp_path / "api"
    place.mkdir()
    (place / "pet.yaml").write_text("type: object\nproperties: {name: {type: string}}\n")
    (place / "link.json").symlink_to("/etc/hostname")
    report = await bench.call("code_generator.from_schema", {"path": str(place), "file": "pet.yaml"})
    assert report.status == "ok"
    for file in ("link.json", "../api/pet.yaml", "none.json"):
        with pytest.raises(NotFound):
            await bench.call("code_generator.from_schema", {"path": str(place), "file": file})


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "https://example.org/other.json"}, "not fetched"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "not fetched"),
        ({"properties": {"a": {"$ref": "other.json#/x"}}}, "not fetched"),
        ("{]", "neither JSON nor YAML"),
        ("just words", "a schema is an object"),
        (BOMB, "within the limits|cannot be written"),
    ],
)
async def test_what_is_no_schema_or_leads_out_of_itself_is_refused(bench, schema, said):
    with pytest.raises(InvalidInput, match=said):
        await bench.call("code_generator.from_schema", {"schema": schema})


async def test_a_schema_that_contradicts_itself_is_told(bench):
    report = await bench.call("code_generator.from_schema", {"schema": {"$ref": "#/$defs/Gone", "$defs": {}}})
    assert report.status in ("failed", "partial")
    assert report.notes


@pytest.fixture
def shop(tmp_path):
    place = tmp_path / "shop"
    shutil.copytree(SAMPLES / "planted" / "shop", place / "shop")
    (place / "test_shop.py").write_text(
        "from shop import report\n\n\ndef test_distinct():\n    assert report.distinct(3) == 3\n"
    )
    (place / "old.py").write_text(
        "from typing import Optional\nimport os\n\n\ndef f(a: Optional[int]) -> str:\n"
        "    print('got', a)\n    return 'a {}'.format(a)\n"
    )
    return place


async def test_a_renamed_function_is_renamed_wherever_it_is_used_and_the_tests_pass(bench, shop):
    step = {"kind": "rename", "old": "shop.report.distinct", "new": "different"}
    before = {path: path.read_bytes() for path in shop.rglob("*.py")}
    report = await bench.call("code_generator.transform", {"path": str(shop), "steps": [step], "tests": True})
    assert report.status == "ok"
    assert [own.name for own in report.tools][-2:] == ["tests before", "tests after"]
    assert report.changed == ("shop/report.py", "test_shop.py")
    assert "+    print(different(4000))" in report.diff
    assert {path: path.read_bytes() for path in shop.rglob("*.py")} == before


async def test_several_steps_come_one_after_the_other(bench, shop):
    kinds = ("optional_to_union", "print_to_logging", "to_fstrings", "unused_imports", "docstring_stubs")
    steps = [{"kind": kind} for kind in kinds]
    report = await bench.call(
        "code_generator.transform", {"path": str(shop), "files": ["old.py"], "steps": steps}
    )
    made = (await files(bench, report))["old.py"]
    assert report.status == "ok"
    for said in (
        "def f(a: int | None) -> str:",
        "logger.info(\"%s %s\", 'got', a)",
        "return f'a {a}'",
        '"""TODO: F."""',
    ):
        assert said in made
    assert "import os" not in made
    assert "print(" not in made


async def test_a_change_that_breaks_the_tests_is_not_ok(bench, shop):
    step = {"kind": "replace_call", "old": "len", "new": "math.fsum"}
    report = await bench.call("code_generator.transform", {"path": str(shop), "steps": [step], "tests": True})
    assert report.status == "partial"
    statuses = {own.name: own.status for own in report.tools}
    assert (statuses["tests before"], statuses["tests after"]) == ("ran", "failed")


async def test_a_file_that_cannot_be_parsed_is_left_alone_and_named(bench, shop):
    (shop / "torn.py").write_text("def broken(:\n")
    (shop / "-h.py").write_text("print(1)\n")
    report = await bench.call(
        "code_generator.transform", {"path": str(shop), "steps": [{"kind": "print_to_logging"}]}
    )
    assert any("torn.py" in note for note in report.notes)
    assert "torn.py" not in report.changed
    assert "-h.py" in report.changed


async def test_unknown_steps_and_rules_are_refused(host):
    for step in (
        {"kind": "magic"},
        {"kind": "ruff", "rules": ["--config=x"]},
        {"kind": "rename", "old": "a b", "new": "c"},
    ):
        with pytest.raises(InvalidInput):
            await host.call("code_generator.transform", {"path": "clean", "steps": [step]})
