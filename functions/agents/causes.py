"""Why a program failed, most likely: what Python's exceptions say, and what is usually behind it.

Each answer names what it stands on. It is a guess by rule, never more; `confidence` says how often such a
rule is right.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from functions.agents.rulebook import RULES, Rule
from functions.agents.tracebacks import Frame, Trace
from functions.findings import CONFIDENCES, Confidence


class Cause(Struct, frozen=True):
    """A likely cause."""

    rule: str
    cause: str
    evidence: Annotated[str, Meta(description="What of the failure says so.")]
    confidence: Confidence
    hint: Annotated[str, Meta(description="What to look at or to do first.")]


def of(trace: Trace, files: Sequence[str] = ()) -> list[Cause]:
    """The likely causes of one failure, surest first. `files` are the project's, as paths below it."""
    short = trace.type.rpartition(".")[2]
    found = [*_recursion(trace, short), *_modules(trace, short, files)]
    for rule in RULES:
        said = re.search(rule.message, trace.message, re.DOTALL) if rule.message else True
        if re.fullmatch(rule.type, short) and said:
            found.append(_from(rule, trace, said if isinstance(said, re.Match) else None))
            break
    return sorted(found, key=lambda own: CONFIDENCES.index(own.confidence))


def together(chain: Sequence[Trace], files: Sequence[str] = ()) -> list[Cause]:
    """The likely causes of a chain of exceptions, last one first: often an earlier one says more."""
    found = {(own.rule, own.cause): own for trace in chain for own in of(trace, files)}
    return sorted(found.values(), key=lambda own: CONFIDENCES.index(own.confidence))


def innermost(frames: Iterable[Frame]) -> Frame | None:
    """The last call within the project; the last one at all where none is known to be."""
    own = list(frames)
    return next((frame for frame in reversed(own) if frame.own), own[-1] if own else None)


def _from(rule: Rule, trace: Trace, said: re.Match[str] | None) -> Cause:
    groups = [group or "" for group in said.groups()] if said is not None else []
    frame = trace.frames[-1] if trace.frames else None
    expression = (frame.expression or frame.source) if frame is not None else ""
    expression = expression or "the failing line"
    text, hint = (own.format(*groups, expression=expression) for own in (rule.cause, rule.hint))
    return Cause(rule.name, text, _evidence(trace), rule.confidence, hint)


def _evidence(trace: Trace) -> str:
    first = trace.message.partition("\n")[0]
    said = f"{trace.type}: {first}" if first else trace.type
    frame = innermost(trace.frames)
    if frame is None:
        return said
    where = f"{frame.file}:{frame.line}" + (f" in {frame.function}" if frame.function else "")
    shown = f" at `{frame.expression or frame.source}`" if frame.expression or frame.source else ""
    return f"{said}; {where}{shown}"[:500]


def _recursion(trace: Trace, short: str) -> list[Cause]:
    if short != "RecursionError":
        return []
    calls = Counter[tuple[str, str]]()
    for frame in trace.frames:
        calls[frame.file, frame.function] += 1 + frame.repeated
    top = max(calls.values(), default=0)
    names = [name for (_, name), count in calls.items() if count * 2 >= top and count > 1]
    who = " and ".join(f"{name}()" for name in names[:3]) or "a function"
    how = "calls itself" if len(names) < 2 else "call each other"
    text = f"{who} {how} without coming to an end"
    return [
        Cause(
            "endless-recursion", text, _evidence(trace), "high", "give it a case that ends, or a loop instead"
        )
    ]


def _modules(trace: Trace, short: str, files: Sequence[str]) -> list[Cause]:
    """What the names of the project's own files explain."""
    own = {file.rpartition("/")[2].removesuffix(".py") for file in files if file.endswith(".py")}
    own |= {part for file in files if file.endswith("/__init__.py") for part in file.split("/")[:-1]}
    absent = re.search(r"No module named '([^']+)'", trace.message)
    if short in ("ModuleNotFoundError", "ImportError") and absent:
        name = absent[1].partition(".")[0]
        if name in own:
            text = f"{name} is part of the project, but its directory is not on sys.path"
            hint = "run it from the project's root, install the project (pip install -e .), or set PYTHONPATH"
            return [Cause("not-on-path", text, _evidence(trace), "high", hint)]
        near = difflib.get_close_matches(name, own, 1, 0.85)
        if near:
            text = f"there is no {name}; the project has {near[0]}"
            return [Cause("misspelt-module", text, _evidence(trace), "medium", f"import {near[0]}")]
    module = re.search(r"module '([\w.]+)' has no attribute", trace.message)
    if short == "AttributeError" and module and "partially initialized" not in trace.message:
        name = module[1].rpartition(".")[2]
        if (
            name in own
            and "." not in module[1]
            and any(file in (f"{name}.py", f"src/{name}.py") for file in files)
        ):
            text = f"the project's own {name}.py hides another module of that name"
            return [
                Cause(
                    "shadowed-module",
                    text,
                    _evidence(trace),
                    "medium",
                    f"rename {name}.py if it was not meant",
                )
            ]
    return []
