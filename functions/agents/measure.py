"""A program of its own: imports and complexity of a project's files, as JSON.

Run as `python -I measure.py` inside the sandbox, in a directory that it may fill. It reads
`{"directory": ..., "files": [...]}` from its input. It imports nothing of ours and executes nothing of the
project.

grimp wants packages below one directory and stops at the first file that it cannot parse. Projects are not
like that: so the readable files are copied into a tree where every module is a package, whatever the layout.
"""

import io
import json
import re
import sys
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

IMPORTED = re.compile(r"^\s*(?:from|import)\s+([A-Za-z_]\w*)", re.MULTILINE)
PRIVATE_WORD = re.compile(r"(?<!\w)_[A-Za-z]\w*")
PRIVATE_DEFINITION = re.compile(
    r"^(?:async )?(?:def|class) (_[A-Za-z]\w*)|^(_[A-Za-z]\w*)\s*(?::[^=\n]+)?=", re.MULTILINE
)
SOURCE_ROOTS = ("src", "lib", "python")


def texts_of(directory: Path, files: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The text of every file that parses, and the reason for every one that does not."""
    texts: dict[str, str] = {}
    broken: dict[str, str] = {}
    for file in files:
        try:
            data = (directory / file).read_bytes()
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
            compile(text, file, "exec", 0x400, dont_inherit=True)  # 0x400: only a syntax tree is made
        except SyntaxError as error:
            broken[file] = f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)
        except (OSError, ValueError, LookupError, RecursionError, MemoryError) as error:
            broken[file] = str(error) or type(error).__name__
        else:
            texts[file] = text
    return texts, broken


def names_of(directory: Path, texts: dict[str, str]) -> dict[str, str]:
    """A dotted name for every file, as the project itself would import it."""
    packages = {str(PurePosixPath(file).parent) for file in texts if file.endswith("__init__.py")}
    imported = {name for text in texts.values() for name in IMPORTED.findall(text)}
    return {file: _name(directory, PurePosixPath(file), packages, imported) for file in texts}


def _name(directory: Path, file: PurePosixPath, packages: set[str], imported: set[str]) -> str:
    parts = list(file.with_suffix("").parts)
    start = _start(parts[:-1], packages, imported)
    own = ([directory.name] if start < 0 else []) + parts[max(start, 0) :]
    if own[-1] == "__init__" and len(own) > 1:
        own.pop()
    return ".".join(re.sub(r"\W", "_", part) for part in own)


def _start(folders: list[str], packages: set[str], imported: set[str]) -> int:
    """From which folder on the name counts; -1 where the project directory itself is a package."""
    if "." in packages:
        return -1
    for depth in range(1, len(folders) + 1):
        if "/".join(folders[:depth]) in packages:
            top = depth - 1
            break
    else:
        top = len(folders)
    root = 1 if folders and folders[0] in SOURCE_ROOTS and folders[0] not in imported else 0
    namespace = (
        root < top and folders[root] in imported and all(part.isidentifier() for part in folders[root:top])
    )
    return root if namespace else top


def stage(names: dict[str, str], texts: dict[str, str], into: Path) -> tuple[dict[str, str], list[str]]:
    """Files under their names in a tree that grimp reads. Of two files with one name the first one counts."""
    modules: dict[str, str] = {}
    clashes: list[str] = []
    for file in sorted(names, key=lambda own: (own.count("/"), own)):
        name = names[file]
        if name in modules:
            clashes.append(file)
            continue
        modules[name] = file
        place = into.joinpath(*name.split("."))
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").write_text(_as_package(texts[file], file), encoding="utf-8")
        _open(place.parent, into)
    return modules, clashes


def _open(folder: Path, root: Path) -> None:
    # grimp does not look into a folder without an __init__.py that stands inside a package.
    while folder != root and not (folder / "__init__.py").exists():
        (folder / "__init__.py").touch()
        folder = folder.parent


def _as_package(text: str, file: str) -> str:
    """The text of a module as that of a package of the same name: one dot more reaches the same place."""
    if file.endswith("__init__.py"):
        return text
    return re.sub(r"^(\s*from\s+)(\.+)", r"\1.\2", text, flags=re.MULTILINE)


def graph_of(modules: dict[str, str], root: Path) -> list[list[Any]]:
    """Every import between modules of the project, with its line; those for type checking are left out."""
    import grimp  # noqa: PLC0415 - a missing one is an answer, not a crash

    sys.path.insert(0, str(root))
    tops = sorted({name.partition(".")[0] for name in modules})
    graph = grimp.build_graph(*tops, cache_dir=None, exclude_type_checking_imports=True)
    found: list[list[Any]] = []
    for importer in sorted(modules):
        if importer not in graph.modules:
            continue
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if imported in modules and imported != importer:
                details = graph.get_import_details(importer=importer, imported=imported)
                found.append([importer, imported, min((own["line_number"] for own in details), default=0)])
    return found


def complexity_of(texts: dict[str, str]) -> list[list[Any]]:
    """Cognitive complexity of every function."""
    import complexipy  # noqa: PLC0415 - as above

    found: list[list[Any]] = []
    for file, text in sorted(texts.items()):
        try:
            measured = complexipy.code_complexity(text)
        except ValueError:
            continue
        found += [
            [file, own.name.replace("::", "."), own.line_start, own.line_end, own.complexity]
            for own in measured.functions
        ]
    return found


def unused(texts: dict[str, str], others: list[str]) -> list[list[Any]]:
    """Private top-level names that stand nowhere else in the project, not even in a text or comment.

    What a decorator may have registered is left out. Names that are put together at run time cannot be seen.
    """
    words = Counter(word for text in (*texts.values(), *others) for word in PRIVATE_WORD.findall(text))
    found: list[list[Any]] = []
    for file, text in sorted(texts.items()):
        for own in PRIVATE_DEFINITION.finditer(text):
            name = own[1] or own[2]
            above = text[: own.start()].rstrip("\n").rpartition("\n")[2]
            if words[name] == 1 and not above.startswith(("@", ")")):
                found.append([file, text.count("\n", 0, own.start()) + 1, name])
    return found


def main() -> None:
    """Reads the question, prints the answer."""
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(5000)
    question = json.load(sys.stdin)
    directory = Path(question["directory"])
    texts, broken = texts_of(directory, question["files"])
    modules, clashes = stage(names_of(directory, texts), texts, Path.cwd())
    answer: dict[str, Any] = {"broken": broken, "modules": modules, "clashes": clashes, "failed": {}}
    others = texts_of(directory, question.get("others", []))[0]
    answer["unused"] = unused(texts, list(others.values()))
    answer["lines"] = {file: text.count("\n") + 1 for file, text in texts.items()}
    measures: list[tuple[str, str, Callable[[], list[list[Any]]]]] = [
        ("grimp", "imports", lambda: graph_of(modules, Path.cwd()) if modules else []),
        ("complexipy", "functions", lambda: complexity_of(texts)),
    ]
    for tool, key, work in measures:
        try:
            answer[key] = work()
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the other one still counts
            answer[key] = []
            answer["failed"][tool] = f"{type(error).__name__}: {error}"[:300]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
