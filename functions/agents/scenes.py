"""What is to be run again, and the words that run it under observation."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, field

from functions.agents import testing
from functions.agents.interpreters import Interpreter
from functions.agents.workbench import Workbench
from functions.sources import Target
from subjects.errors import InvalidInput

PROGRAM = Path(__file__).with_name("witness.py")


class Scene(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and what fails in it: one of `test`, `script` and `command`."""

    test: Annotated[str, Meta(description="A test, as tests/test_a.py::test_b.")] = ""
    script: Annotated[str, Meta(description="A Python file below the project.")] = ""
    command: Annotated[
        list[str], Meta(description="A program and its words; `python ...` runs under observation.")
    ] = field(default_factory=list)
    args: list[str] = field(default_factory=list)
    seconds: Annotated[float, Meta(gt=0, le=300, description="For one run.")] = 60.0
    times: Annotated[int, Meta(ge=1, le=20, description="Runs, to see whether it always fails.")] = 1
    python: Annotated[str, Meta(description="bin/python of an environment below an allowed root.")] = ""

    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(map(bool, (self.test, self.script, self.command))) != 1:
            raise ValueError("give one of test, script and command")


def words(scene: Scene, python: Interpreter, bench: Workbench) -> tuple[list[str], bytes]:
    """The program to start, and what it reads."""
    kind, what, args = "test", scene.test, scene.args
    if scene.script:
        kind, what = "script", scene.script
    elif scene.command:
        first, *rest = scene.command
        if Path(first).name not in ("python", "python3", "pytest") or not rest:
            return [*scene.command, *args], b""
        kind, what, args = _observed(first, [*rest, *args])
        if not kind:
            return [python.path, *rest, *scene.args], b""
    if kind in ("test", "script"):
        (what,) = testing.checked([what])
        if not (bench.directory / what.partition("::")[0]).is_file():
            raise InvalidInput(f"there is no file {what.partition('::')[0][:120]!r} in the project")
    args = [*python.without, *args] if kind == "test" else args
    question = {
        "kind": kind,
        "what": what,
        "args": args,
        "seconds": max(scene.seconds - 1, scene.seconds * 0.8),
    }
    return [python.path, "-c", PROGRAM.read_text("utf-8")], msgspec.json.encode(question)


def _observed(first: str, words: list[str]) -> tuple[str, str, list[str]]:
    """What a Python command runs; an empty kind where that is none of the plain forms."""
    if Path(first).name == "pytest":
        return ("test", words[-1], words[:-1]) if not words[-1].startswith("-") else ("", "", [])
    match words:
        case ["-m", "pytest", *rest] if rest and not rest[-1].startswith("-"):
            return "test", rest[-1], rest[:-1]
        case ["-m", module, *rest]:
            return "module", module, rest
        case ["-c", code, *rest]:
            return "code", code, rest
        case [script, *rest] if not script.startswith("-"):
            return "script", script, rest
        case _:
            return "", "", []
