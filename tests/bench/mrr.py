"""How well memories are found: `python -m tests.bench.mrr [PACKAGE] [--embedding DIRECTORY]`.

A held-out set that nobody made for this: the docstrings of an installed package are stored, its names are
asked for (`on_app_init` as "on app init"), and the right answer is the docstring that stands there. Names
with several docstrings are not asked. MRR is the mean of 1 / rank (Voorhees, 1999), 0 below rank 100.
"""

import argparse
import ast
import importlib.util
import os
import re
import time
from pathlib import Path

SHORTEST = 20
"""Characters of a docstring."""

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def main() -> None:
    """Ask, and print a line for each way of asking."""
    given = _arguments()
    # As in a worker; numpy reads it when it is loaded.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from functions.adapters.memory.entry import Body, Filter, facts, half_floats
    from functions.adapters.memory.index import Asked, Index
    from functions.adapters.memory.minilm import MiniLM

    said, questions = pairs(given.package)
    model = MiniLM(given.embedding) if given.embedding is not None else None
    started = time.monotonic()
    vectors = None if model is None else model.embed(said)
    asked = None if model is None else model.embed([question for question, _ in questions])
    took = time.monotonic() - started
    index = Index()
    for place, text in enumerate(said):
        own = Body(text=text, created=0.0)
        if vectors is not None:
            own = Body(text=text, created=0.0, model="m", vector=half_floats(vectors[place].tolist()))
        index.add(facts("n", str(place), own), own, place)
    print(f"{given.package}: {len(said)} docstrings, {len(questions)} names asked for")
    for mode in ("keyword", "semantic", "both")[: 3 if model else 1]:
        total = 0.0
        for place, (question, answer) in enumerate(questions):
            text = None if mode == "semantic" else question
            vector = None if mode == "keyword" or asked is None else asked[place]
            hits = index.search(Asked(Filter(), 100, 0.0, 1e9, text=text, vector=vector, model="m"))
            rows = [hit.row for hit in hits]
            total += 1 / (1 + rows.index(answer)) if answer in rows else 0.0
        print(f"  {mode:9} MRR {total / len(questions):.3f}")
    if model is not None:
        print(f"  {model.name}: {took / (len(said) + len(questions)) * 1000:.1f} ms a text")


def pairs(package: str) -> tuple[list[str], list[tuple[str, int]]]:
    """The different docstrings of a package, and for each name asked the place of its docstring."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"there is no package {package} here")
    names: dict[str, str] = {}
    for file in sorted(Path(found.origin).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                said = ast.get_docstring(node) or ""
                if len(said) >= SHORTEST and not node.name.startswith("_"):
                    names.setdefault(said, node.name)
    counts: dict[str, int] = {}
    for name in names.values():
        counts[name] = counts.get(name, 0) + 1
    questions = [
        (_BOUNDARY.sub(" ", name.replace("_", " ")), place)
        for place, name in enumerate(names.values())
        if counts[name] == 1
    ]
    return list(names), questions


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mrr", description=__doc__)
    parser.add_argument("package", nargs="?", default="litestar")
    parser.add_argument("--embedding", type=Path, metavar="DIRECTORY", help="where the sentence model is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
