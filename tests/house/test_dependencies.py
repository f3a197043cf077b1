"""What the project stands on is explained, pinned and hashed."""

import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUN = ("agents", "client", "models")
TEST = (*RUN, "browser", "k8s", "otel", "test")
SETS = {"run": RUN, "test": TEST, "dev": (*TEST, "lint")}
PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)(.*)$", re.MULTILINE)


def asked(pyproject, extras):
    """What the project asks for, with these extras."""
    project = pyproject["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    return [Requirement(line) for line in lines]


def pinned(root, name):
    """Package to version, as a set installs them."""
    text = (root / "requirements" / f"{name}.txt").read_text()
    return {canonicalize_name(package): version for package, version, _ in PIN.findall(text)}


def test_every_dependency_has_its_line_in_the_docs(root, pyproject):
    text = (root / "docs" / "dependencies.md").read_text()
    explained = {canonicalize_name(name) for name in re.findall(r"^\| `([\w.-]+)", text, re.MULTILINE)}
    wanted = {canonicalize_name(each.name) for each in asked(pyproject, SETS["dev"])}
    assert wanted - explained == set(), "not explained in docs/dependencies.md"
    assert explained - wanted == set(), "explained, but no longer a dependency"


@pytest.mark.parametrize("name", SETS)
def test_what_is_pinned_is_what_the_project_asks_for(root, pyproject, name):
    versions = pinned(root, name)
    for requirement in asked(pyproject, SETS[name]):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not pinned in requirements/{name}.txt; run `just lock`"
        assert requirement.specifier.contains(version), (
            f"{requirement} is pinned at {version}; run `just lock`"
        )


@pytest.mark.parametrize("name", SETS)
def test_every_pin_has_a_hash(root, name):
    blocks = re.split(r"\n(?=\S)", (root / "requirements" / f"{name}.txt").read_text().strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_three_sets_never_disagree(root):
    run, test, dev = (pinned(root, name) for name in SETS)
    assert run.items() <= test.items() <= dev.items()


def test_what_builds_the_project_is_pinned_too(root, pyproject):
    (builder,) = pyproject["build-system"]["requires"]
    assert builder in (root / "requirements" / "build.in").read_text()
    assert builder in (root / "requirements" / "run.txt").read_text()


def test_every_package_of_the_page_is_explained(root):
    text = (root / "docs" / "dependencies.md").read_text()
    page = text.partition("## For the page")[2].partition("\n## ")[0]
    explained = {
        name for row in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE) for name in row.split(", ")
    }
    wanted = json.loads((root / "gateway" / "dashboard" / "package.json").read_text())
    names = {*wanted["dependencies"], *wanted["devDependencies"]}
    assert names == explained - {"packages", "---"}
