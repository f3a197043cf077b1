"""A program of its own: the public interface of a project's packages, read without running them, as JSON.

Run as `python -I interface.py` inside the sandbox. It reads `{"directory", "files", "style", "old"}` from its
input, where `old` is `{"directory", "files"}` or null. It imports nothing of ours; griffe reads, it never
imports what it reads.
"""

import inspect
import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import griffe

LINE = re.compile(r"^(?P<file>.+?):(?P<line>\d+): (?P<text>.+)$", re.DOTALL)
NO_TYPE = re.compile(r"^No type or annotation for")


class Said(logging.Handler):
    """What griffe complains about while it parses docstrings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a complaint."""
        self.lines.append(record.getMessage())


def packages_of(directory: Path, files: list[str]) -> list[tuple[Path, str]]:
    """Where each package (or lone module) of a project is to be looked for, and its name."""
    folders = {str(PurePosixPath(file).parent) for file in files if PurePosixPath(file).stem == "__init__"}
    if "." in folders:
        return [(directory.parent, directory.name)]
    found: list[tuple[Path, str]] = []
    for folder in sorted(folders):
        parent = str(PurePosixPath(folder).parent)
        if parent not in folders and PurePosixPath(folder).name.isidentifier():
            found.append((directory / parent, PurePosixPath(folder).name))
    for file in sorted(files):
        path = PurePosixPath(file)
        alone = str(path.parent) in (".", "src") and path.stem.isidentifier()
        if path.suffix == ".py" and alone and path.stem not in ("setup", "conftest", "__init__"):
            found.append((directory / path.parent, path.stem))
    return found


def loaded(directory: Path, files: list[str], style: str) -> tuple[dict[str, griffe.Module], dict[str, str]]:
    """The packages that could be read, and why the others could not."""
    modules: dict[str, griffe.Module] = {}
    failed: dict[str, str] = {}
    parser: Any = style
    for place, name in packages_of(directory, files):
        if name in modules:
            continue
        try:
            loader = griffe.GriffeLoader(
                search_paths=[place], allow_inspection=False, docstring_parser=parser, store_source=False
            )
            read = loader.load(name, try_relative_path=False)
            loader.resolve_aliases(implicit=True, external=False)
        except Exception as error:  # noqa: BLE001 - whatever stops one package, the others still count
            failed[name] = f"{type(error).__name__}: {error}"[:300]
        else:
            if isinstance(read, griffe.Module):
                modules[name] = read
    return modules, failed


def things(module: griffe.Module, directory: Path) -> Iterator[dict[str, Any]]:
    """Every public thing of a module, and of those below it, once."""
    yield {**_thing(module, directory), "signature": ""}
    for member in _own(module):
        if member.kind is not griffe.Kind.MODULE:
            yield from _with_members(member, directory)
    for name, below in sorted(module.modules.items()):
        if not below.is_alias and not name.startswith("_"):
            yield from things(below, directory)
        elif not below.is_alias and name != "__main__":
            # A private module holds what the package shows under another name.
            yield from (own for own in things(below, directory) if own["shown"])


def _with_members(member: Any, directory: Path) -> Iterator[dict[str, Any]]:
    if not member.is_public:
        return
    yield _thing(member, directory)
    if member.is_class:
        for below in _own(member):
            yield from _with_members(below, directory)


def _own(owner: Any) -> list[Any]:
    """What is defined there, in the order of the text; what is only imported is somewhere else's."""
    found = [member for member in owner.members.values() if not member.is_alias]
    return sorted(found, key=lambda own: (own.lineno or 0, own.name))


def _thing(own: Any, directory: Path) -> dict[str, Any]:
    filepath = own.filepath[0] if isinstance(own.filepath, list) else own.filepath
    shown = sorted(path for path, alias in own.aliases.items() if alias.is_public and "._" not in path)
    return {
        "path": own.path,
        "module": own.module.path,
        "kind": own.kind.value,
        "signature": _signature(own),
        "file": _below(filepath, directory),
        "line": own.lineno or 1 if own.kind is not griffe.Kind.MODULE else 1,
        "docstring": inspect.cleandoc(own.docstring.value) if own.docstring else "",
        "docline": (own.docstring.lineno or 0) if own.docstring else 0,
        "shown": shown[:3],
        "labels": sorted(own.labels & {"async", "property", "classmethod", "staticmethod", "dataclass"}),
    }


def names(module: griffe.Module) -> tuple[list[str], list[tuple[str, str]]]:
    """All that is defined below a module, private things too, and its other names: alias and target."""
    defined: list[str] = []
    aliases: list[tuple[str, str]] = []
    todo: list[Any] = [module]
    while todo:
        own = todo.pop()
        defined.append(own.path)
        for member in own.members.values():
            if not member.is_alias:
                todo.append(member)
            elif not own.is_class:
                aliases.append((member.path, member.target_path))
    return defined, aliases


def _signature(own: Any) -> str:
    try:
        if own.is_function:
            return str(own.signature())
        if own.is_class:
            bases = ", ".join(str(base) for base in own.bases)
            return f"{own.name}({bases})" if bases else own.name
        if own.is_attribute and not own.is_module:
            annotation = f": {own.annotation}" if own.annotation is not None else ""
            value = f" = {own.value}" if own.value is not None and len(str(own.value)) <= 80 else ""
            return f"{own.name}{annotation}{value}"
    except Exception:  # noqa: BLE001 - a signature that cannot be written is left out, the thing stays
        return str(own.name)
    return ""


def _below(path: Path | None, directory: Path) -> str:
    try:
        return path.relative_to(directory).as_posix() if path else ""
    except ValueError:
        return ""


def complaints(modules: dict[str, griffe.Module], directory: Path) -> list[list[Any]]:
    """What is wrong inside docstrings, by place: file, line, text."""
    said = Said()
    logger = logging.getLogger("griffe")
    logger.addHandler(said)
    logger.propagate = False
    for module in modules.values():
        _parse(module)
    found: list[list[Any]] = []
    for line in dict.fromkeys(said.lines):
        place = LINE.match(line)
        if place is None or NO_TYPE.match(place["text"]):
            continue
        path = Path(place["file"])
        file = _below(path if path.is_absolute() else Path.cwd() / path, directory)
        if file:
            found.append([file, int(place["line"]), place["text"][:300]])
    return found


def _parse(own: Any) -> None:
    if own.docstring:
        try:
            _ = own.docstring.parsed
        except Exception:  # noqa: BLE001 - a docstring that breaks the parser is no reason to stop
            logging.getLogger("griffe").debug("docstring of %s cannot be parsed", own.path)
    for member in own.members.values():
        if not member.is_alias:
            _parse(member)


def breakages(
    old: dict[str, griffe.Module], new: dict[str, griffe.Module], directory: Path
) -> list[dict[str, Any]]:
    """What callers of the old interface can no longer rely on."""
    found: list[dict[str, Any]] = [
        {"kind": "package-removed", "path": name, "file": "", "line": 0, "was": name, "now": ""}
        for name in sorted(old.keys() - new.keys())
    ]
    for name in sorted(old.keys() & new.keys()):
        for own in griffe.find_breaking_changes(old[name], new[name]):
            gone = own.kind is griffe.BreakageKind.OBJECT_REMOVED
            owner: Any = own.obj
            path = None if gone or owner.is_alias else owner.filepath
            found.append(
                {
                    "kind": own.kind.name.lower().replace("_", "-"),
                    "path": owner.path,
                    "file": _below(path if isinstance(path, Path) else None, directory),
                    "line": 0 if gone or owner.is_alias else owner.lineno or 0,
                    "was": _text(own.old_value),
                    "now": "" if gone else _text(own.new_value),
                }
            )
    return found


def _text(value: Any) -> str:
    """A parameter, an annotation or a base as one would write it."""
    if isinstance(value, griffe.Parameter):
        kind = {"keyword-only": "*, ", "positional-only": ""}.get(value.kind.value if value.kind else "", "")
        default = f"={value.default}" if value.default is not None else ""
        return f"{kind}{value.name}{default}"
    return str(getattr(value, "value", None) or value)[:200]


def main() -> None:
    """Reads the question, prints the answer."""
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(5000)
    question = json.load(sys.stdin)
    logging.getLogger("griffe").setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)
    logging.getLogger("griffe").addHandler(logging.NullHandler())
    directory = Path(question["directory"])
    modules, failed = loaded(directory, question["files"], question["style"])
    answer: dict[str, Any] = {"packages": sorted(modules), "failed": failed, "breaking": None}
    answer["things"] = [own for name in sorted(modules) for own in things(modules[name], directory)]
    known = [names(module) for module in modules.values()]
    answer["defined"] = [name for defined, _ in known for name in defined]
    answer["aliases"] = [alias for _, aliases in known for alias in aliases]
    answer["complaints"] = complaints(modules, directory)
    if question["old"] is not None:
        old, gone = loaded(Path(question["old"]["directory"]), question["old"]["files"], question["style"])
        answer["breaking"] = breakages(old, modules, directory)
        answer["failed"] |= {f"{name} (before)": reason for name, reason in gone.items()}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
