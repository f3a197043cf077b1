"""A program of its own: writes tests for functions of a project, by their signatures and type hints.

Run as `python -c TEXT` inside the sandbox, in a copy of the project. It reads
`{"targets": [{"file", "module", "function"}], "folder": ...}` from its input, writes one test file for each
target into the folder, and says in `.revo/drafts.json` how each was written:

    property   by hypothesis' ghostwriter: values of the annotated types, and nothing must be raised
    skeleton   a skipped test with the signature, where the types say too little
"""

import ast
import asyncio
import importlib
import inspect
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

SKELETON = '''"""What {module}.{name} does."""

import pytest

{imports}


def test_{slug}():
    """{signature}"""
    pytest.skip("say what {name} is to do")
'''


def signature_of(file: str, name: str) -> str:
    """The head of a function as its file writes it."""
    tree = ast.parse(Path(file).read_bytes())
    body: Any = tree.body
    own: Any = tree
    for part in name.split("."):
        found = [own for own in body if getattr(own, "name", None) == part]
        if not found:
            return name
        own = found[0]
        body = getattr(own, "body", [])
    arguments = ast.unparse(own.args) if hasattr(own, "args") else ""
    returns = " -> " + ast.unparse(own.returns) if getattr(own, "returns", None) else ""
    return f"{name}({arguments}){returns}"


def skeleton(target: dict[str, str]) -> str:
    """A test to be filled in."""
    top = target["function"].partition(".")[0]
    text = signature_of(target["file"], target["function"]).replace("\\", "\\\\").replace('"""', "'''")
    return SKELETON.format(
        module=target["module"], name=target["function"], slug=slug(target["function"]), signature=text,
        imports="from {} import {}  # noqa: F401".format(target["module"], top),
    )  # fmt: skip


def slug(name: str) -> str:
    """A name for a test."""
    return re.sub(r"\W+", "_", name).strip("_").lower()


def written(target: dict[str, str]) -> tuple[str, str, str]:
    """Kind and text of a test, and why it is no better."""
    try:
        from hypothesis.extra import ghostwriter  # noqa: PLC0415 - a missing one is an answer, not a crash
    except ImportError as error:
        return "skeleton", skeleton(target), f"hypothesis with black is not installed: {error}"
    if "." in target["function"]:
        return "skeleton", skeleton(target), "a method: its object must be made first"
    own = getattr(importlib.import_module(target["module"]), target["function"])
    if asyncio.iscoroutinefunction(own) or inspect.isasyncgenfunction(own):
        return "skeleton", skeleton(target), "it is asynchronous"
    text = ghostwriter.fuzz(own)
    if "st.nothing()" in text or "TODO" in text:
        return "skeleton", skeleton(target), "its parameters have no types"
    return "property", text, ""


def main() -> None:
    """Writes the files."""
    warnings.simplefilter("ignore")
    os.environ.pop("PYTHONSAFEPATH", None)
    question = json.load(sys.stdin)
    folder = Path(question["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    drafts = []
    for target in question["targets"]:
        try:
            kind, text, reason = written(target)
        except BaseException as error:  # noqa: BLE001 - importing or inspecting foreign code may raise anything
            kind, text, reason = (
                "skeleton",
                skeleton(target),
                f"{type(error).__name__}: {error}"[:200],
            )
        file = folder / "test_{}_{}.py".format(slug(target["module"]), slug(target["function"]))
        file.write_text(text, encoding="utf-8")
        drafts.append({**target, "test": str(file), "kind": kind, "reason": reason})
    Path(".revo").mkdir(exist_ok=True)
    Path(".revo/drafts.json").write_text(json.dumps(drafts), encoding="utf-8")


if __name__ == "__main__":
    main()
