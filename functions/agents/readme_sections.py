"""What a README can say because it stands in the code and its project file. Plain values in and out."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from functions.agents.markdown import Thing

MOST_EXAMPLES = 3
MOST_NAMES = 20
MOST_MODULES = 30
LONGEST_EXAMPLE = 12
"""Lines."""


class Facts(Struct, frozen=True):
    """A project as its own files tell it; empty where they do not."""

    name: str
    description: str
    python: str
    license: str
    scripts: Mapping[str, str]
    extras: Sequence[str]
    packages: Sequence[str]
    things: Sequence[Thing]
    aliases: Sequence[tuple[str, str]]
    known: Collection[str]
    has_tests: bool


def draft(facts: Facts) -> str:
    """The whole text. A section about which nothing is known is left out."""
    parts = [f"# {facts.name}\n\n{_lead(facts)}"]
    parts += [f"## {title}\n\n{text}" for title, text in sections(facts).items()]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def sections(facts: Facts) -> dict[str, str]:
    """Each section by its title, in the order in which a reader asks for them."""
    found = {
        "Install": _install(facts),
        "Use": _use(facts),
        "Command line": _commands(facts),
        "What is in it": _modules(facts),
        "Interface": _interface(facts),
        "Develop": "```sh\npython -m pytest\n```" if facts.has_tests else "",
        "License": facts.license,
    }
    return {title: text for title, text in found.items() if text}


def examples(things: Sequence[Thing]) -> Iterator[tuple[Thing, list[str]]]:
    """The doctests of docstrings, packages first: each with the thing it explains."""
    for own in sorted(things, key=lambda own: (own.path.count("."), not own.shown)):
        lines: list[str] = []
        for line in [*own.docstring.splitlines(), ""]:
            if line.lstrip().startswith(">>>") or (lines and line.strip()):
                lines.append(line.strip())
            elif lines:
                yield own, lines
                lines = []


def _lead(facts: Facts) -> str:
    if facts.description:
        return facts.description
    roots = [own for own in facts.things if own.path in facts.packages and own.docstring]
    return _first(roots[0].docstring) if roots else ""


def _install(facts: Facts) -> str:
    if not facts.name or not facts.packages:
        return ""
    lines = ["```sh", f"pip install {facts.name}", "```"]
    if facts.python:
        lines += ["", f"It needs Python {facts.python}."]
    if facts.extras:
        named = ", ".join(f"`{facts.name}[{extra}]`" for extra in facts.extras)
        lines += ["", f"Extras: {named}."]
    return "\n".join(lines)


def _use(facts: Facts) -> str:
    found = [
        f"{_first(own.docstring)}\n\n```python\n" + "\n".join(lines) + "\n```"
        for own, lines in examples(facts.things)
        if len(lines) <= LONGEST_EXAMPLE
    ]
    return "\n\n".join(found[:MOST_EXAMPLES])


def _commands(facts: Facts) -> str:
    known = {own.path: own for own in facts.things}
    lines = []
    for command, target in sorted(facts.scripts.items()):
        own = known.get(target.replace(":", ".").partition(" ")[0])
        said = f": {_first(own.docstring)}" if own is not None and own.docstring else ""
        lines.append(f"- `{command}`{said}")
    return "\n".join(lines)


def _modules(facts: Facts) -> str:
    modules = [own for own in facts.things if own.kind == "module" and own.docstring]
    if len(modules) < 2:
        return ""
    rows = [f"| `{own.path}` | {_cell(_first(own.docstring))} |" for own in modules[:MOST_MODULES]]
    more = [f"\n{len(modules) - MOST_MODULES} more modules."] if len(modules) > MOST_MODULES else []
    return "\n".join(["| module | what it is |", "|---|---|", *rows, *more])


def _interface(facts: Facts) -> str:
    """What users import from the packages themselves; where nothing is shown there, what they define."""
    public = [own for own in facts.things if own.kind in ("class", "function") and own.name.isidentifier()]
    imported: dict[str, list[str]] = {}
    for alias, target in facts.aliases:
        imported.setdefault(target, []).append(alias)
    top = {own.path: _top([own.path, *own.shown, *imported.get(own.path, ())], facts) for own in public}
    named = [(top[own.path], own) for own in public if top[own.path]]
    rows = [
        f"| `{name}` | {_cell(_first(own.docstring)) or own.kind} |"
        for name, own in sorted(named, key=lambda pair: (not pair[1].docstring, pair[0]))[:MOST_NAMES]
    ]
    return "\n".join(["| name | what it is |", "|---|---|", *rows]) if rows else ""


def _top(names: Sequence[str], facts: Facts) -> str:
    """The shortest name at the top of a package by which users reach a thing, or nothing."""
    at_top = [name for name in names if name.rpartition(".")[0] in facts.packages]
    return min(at_top, key=len, default="")


def _first(docstring: str) -> str:
    r"""The first paragraph, on one line.

    >>> _first("Say it.\nTwice.\n\nMore.")
    'Say it. Twice.'
    """
    return " ".join(re.split(r"\n\s*\n", docstring.strip(), maxsplit=1)[0].split())[:300]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
