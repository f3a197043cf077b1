"""Every function of every agent on real projects: what goes in, and what came out.

The projects: two well-known libraries as they are installed here, one with planted faults, and a clean one.
Each is copied and given a history of three commits, the last of which breaks its import.
"""

import asyncio
import importlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from functions.adapters.egress import LocalEgress
from functions.adapters.projects import LocalProjects
from functions.adapters.sandbox import LocalSandbox
from functions.builtin import FUNCTIONS
from functions.ports import Ways
from subjects.errors import RevoError
from tests.agents.conftest import SAMPLES, TOKEN, FakeHost
from tests.agents.web_server import page, serving

LIBRARIES = ("click", "httpx2")
SAMPLED = {"planted": "shop", "clean": "tidy"}
ENGINES = ("coordinator", "parallel_mind", "perfect_recall", "creative")
AT_ONCE = 2
TEMPORARY = Path(tempfile.gettempdir()).resolve()
PYPROJECT = """[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.11"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["{module}"]
"""
PAGE = "<html lang=en><head><title>Shop</title></head><body><h1>Prices</h1><a href=/a>a</a></body></html>"
SCHEMA = {
    "title": "Order",
    "type": "object",
    "properties": {"id": {"type": "integer"}, "items": {"type": "array", "items": {"type": "string"}}},
    "required": ["id"],
}
CLICKS = [{"do": "click", "selector": "a"}, {"do": "screenshot"}]
TEMPLATE = {"queue": "text", "name": "shout", "description": "Say it louder."}
FSTRINGS = [{"kind": "unused_imports"}, {"kind": "to_fstrings"}]


WORKLOADS: dict[str, dict[str, Any]] = {
    "click": {
        "call": "click.formatting:wrap_text",
        "args": ["all that there is to say " * 400],
        "repeat": 20,
    },
    "httpx2": {"call": "httpx2:URL", "args": ["https://example.org/a/b?c=d#e"], "repeat": 1000},
    "planted": {"script": "shop/report.py"},
    "clean": {"call": "tidy.words:shout", "args": ["all that there is to say"], "repeat": 1000},
}


class Subject(Struct, frozen=True):
    """A project: `path` as it is, `repository` a copy of it with a history. `page` is served here."""

    name: str
    module: str
    path: Path
    repository: Path
    page: str

    @property
    def largest(self) -> str:
        """Its largest file, below the project."""
        files = sorted(self.path.rglob("*.py"), key=lambda own: (-own.stat().st_size, str(own)))
        return files[0].relative_to(self.path).as_posix()

    def where(self, **more: Any) -> dict[str, Any]:
        """The project as it is, and what else a function takes."""
        return {"path": str(self.path), **more}

    def history(self, **more: Any) -> dict[str, Any]:
        """The project with its history."""
        return {"path": str(self.repository), **more}

    def imported(self) -> list[str]:
        """A command that works where the project can be imported."""
        roots = "sys.path[:0] = ['.', 'src']"
        return ["python", "-c", f"import sys; {roots}; import {self.module}"]


class Row(Struct, frozen=True):
    """What one function said of one project; an error of the table stands as its code."""

    function: str
    project: str
    status: str
    summary: str
    seconds: float
    findings: list[dict[str, Any]] = []
    tools: list[dict[str, Any]] = []
    answer: dict[str, Any] = {}


INPUTS: dict[str, Callable[[Subject], dict[str, Any]]] = {
    "security.scan": lambda own: own.where(),
    "security.dependencies": lambda own: own.where(),
    "security.mend": lambda own: own.where(),
    "testing.run": lambda own: own.where(seconds=60),
    "testing.gaps": lambda own: own.where(seconds=60),
    "testing.skeletons": lambda own: own.where(seconds=20, most=1),
    "debug.explain": lambda own: own.where(text=_traceback(own)),
    "debug.reproduce": lambda own: own.where(command=["python", "-c", f"import {own.module}.nowhere"]),
    "debug.bisect": lambda own: own.history(good="HEAD~2", command=own.imported()),
    "architecture_advisor.analyse": lambda own: own.where(),
    "documentation.coverage": lambda own: own.where(),
    "documentation.reference": lambda own: own.where(),
    "documentation.readme": lambda own: own.where(),
    "documentation.changelog": lambda own: own.history(since="HEAD~2"),
    "performance_optimizer.profile": lambda own: own.where(**_workload(own)),
    "performance_optimizer.compare": lambda own: own.where(
        command=own.imported(), after_command=[*own.imported()[:2], "pass"], runs=5, least=0.1
    ),
    "code_generator.from_schema": lambda _: {"schema": SCHEMA},
    "code_generator.from_template": lambda _: {"builtin": "function", "answers": TEMPLATE},
    "code_generator.transform": lambda own: own.where(steps=FSTRINGS),
    "code_generator.write": lambda _: {"instructions": "Add up prices.", "module": "prices"},
    "deploy.render": lambda own: {"target": "bundle", "service": _service(own)},
    "deploy.validate": lambda own: own.where(),
    "deploy.build": lambda own: own.history(),
    "deploy.release": lambda own: own.history(version="1.0"),
    "deploy.rollback": lambda own: {"name": own.name},
    "browser.fetch": lambda own: {"url": own.page},
    "browser.extract": lambda own: {"url": own.page, "fields": {"title": "title"}},
    "browser.screenshot": lambda own: {"url": own.page},
    "browser.run": lambda own: {"url": own.page, "actions": CLICKS},
}
"""What each function is given; the test beside this file fails where one is missing."""


def _traceback(own: Subject) -> str:
    place = f'  File "{own.path / own.largest}", line 3, in <module>\n    prices["shirt"]'
    return f"Traceback (most recent call last):\n{place}\nKeyError: 'shirt'\n"


def _workload(own: Subject) -> dict[str, Any]:
    return {"count_calls": False, "interval": 0.0005, **WORKLOADS[own.name]}


def _service(own: Subject) -> dict[str, Any]:
    return {
        "name": own.name, "version": "1.0", "image": f"registry.example/{own.name}:1.0",
        "command": ["python", "-m", own.module],
    }  # fmt: skip


def prepared(place: Path, page: str, names: Iterable[str]) -> list[Subject]:
    """The projects in a directory of their own."""
    return [_subject(place, page, name) for name in names]


def _subject(place: Path, page: str, name: str) -> Subject:
    module = SAMPLED.get(name, name)
    path, repository = place / name, place / f"{name}-history"
    if name in SAMPLED:
        shutil.copytree(SAMPLES / name, path)
    else:
        source = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(source, path / name, ignore=shutil.ignore_patterns("__pycache__"))
    if name == "planted":
        (path / "shop" / "keys.py").write_text(f'"""Keys."""\n\nTOKEN = "{TOKEN}"\n')
    shutil.copytree(path, repository)
    if not (repository / "pyproject.toml").exists() and name != "planted":
        (repository / "pyproject.toml").write_text(PYPROJECT.format(name=name, module=module))
    package = next(own.parent for own in sorted(repository.rglob("__init__.py")) if own.parent.name == module)
    subprocess.run(["git", "-C", str(repository), "init", "-q", "-b", "main"], check=True)
    _committed(repository, "feat: begin")
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0\n\n- All of it.\n")
    _committed(repository, "fix: say what changed (#7)")
    with (package / "__init__.py").open("a") as file:
        file.write('\nraise RuntimeError("broken by the last commit")\n')
    _committed(repository, "feat!: break everything")
    return Subject(name, module, path, repository, page)


def _committed(repository: Path, message: str) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for words in (["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run([*git, *words], check=True)


async def rows(names: Iterable[str], functions: Iterable[str] = INPUTS) -> list[Row]:
    """What every function says of every project, two at a time."""
    room = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="proof-", dir=TEMPORARY) as folder:
        place = Path(folder)
        async with serving({"/": page(PAGE)}) as site, LocalProjects((place,)) as projects:
            subjects = prepared(place, site.url("/"), names)
            host = FakeHost(await LocalSandbox.probe(), projects)
            host.advisories = SAMPLES / "advisories"
            host.egress = LocalEgress(Ways(private=(site.place,)))

            async def one(function: str, subject: Subject) -> Row:
                async with room:
                    return await _row(host, function, subject)

            asked = [(function, subject) for subject in subjects for function in functions]
            return list(await asyncio.gather(*(one(*own) for own in asked)))


async def _row(host: FakeHost, function: str, subject: Subject) -> Row:
    begun = time.monotonic()
    try:
        answer = msgspec.to_builtins(await host.call(function, INPUTS[function](subject)))
    except RevoError as error:
        return Row(function, subject.name, error.code, error.message, time.monotonic() - begun)
    return Row(
        function, subject.name, answer["status"], answer["summary"], time.monotonic() - begun,
        answer.get("findings", []), answer.get("tools", []), answer,
    )  # fmt: skip


def agents() -> list[str]:
    """Every function that belongs to an agent."""
    return [own.name for own in FUNCTIONS if own.queue not in {*ENGINES, "notify"}]


FAULTS: dict[str, tuple[str, str, str]] = {
    "a hard-coded secret": ("security.scan", "CWE-798", "shop/keys.py"),
    "an SQL injection": ("security.scan", "B608-hardcoded_sql_expressions", "shop/orders.py"),
    "an import cycle": ("architecture_advisor.analyse", "import-cycle", "shop/stock.py"),
    "a slow loop": ("performance_optimizer.profile", "", "shop/report.py"),
    "a failing test": ("testing.run", "test-failed", "tests/test_stock.py"),
    "an undocumented module": ("documentation.coverage", "undocumented-module", "shop/bare.py"),
    "a vulnerable pin": ("security.dependencies", "CVE-2019-10906", "requirements.txt"),
}
"""What is planted, whose job it is, under which rule or weakness it is found, and where."""

WITHOUT: dict[tuple[str, str], str] = {
    ("security.mend", "*"): "no_model",
    ("code_generator.write", "*"): "no_model",
    ("deploy.rollback", "*"): "forbidden",
    ("deploy.build", "planted"): "invalid_input",
    ("deploy.release", "planted"): "invalid_input",
    ("testing.skeletons", "planted"): "partial",
}
"""Where the right answer is not `ok`: no model here, no place to deploy to, nothing that says how to build, a
test that fails while tests are written."""


def expected(row: Row) -> str:
    """The status that a row should have."""
    return WITHOUT.get((row.function, row.project)) or WITHOUT.get((row.function, "*")) or "ok"


def found(rows: Iterable[Row], fault: str) -> dict[str, Any] | None:
    """The finding for a planted fault, where the agent whose job it is has made it."""
    function, rule, file = FAULTS[fault]
    for row in rows:
        for own in row.findings if (row.function, row.project) == (function, "planted") else ():
            if own["file"] == file and rule in ("", own["rule"], own.get("cwe")):
                return own
    return None
