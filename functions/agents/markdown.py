"""The reference of an interface as Markdown, and the cross references in it. Plain values in and out."""

import builtins
import re
import sys
from collections.abc import Iterator, Sequence

from msgspec import Struct

ROLE = re.compile(r":(?:py:)?(?:class|func|meth|mod|attr|exc|data|obj|const):`(?P<target>[^`\n]+)`")
SECTION = re.compile(r"(Args|Arguments|Parameters|Returns|Raises|Yields|Attributes|Other Parameters):\s*$")
FIELD = re.compile(
    r"^\s*:(?:param|parameter|arg|raises?|returns?|rtype|type)(?: [^:]*?(\*{0,2}\w+))?: ?(.*)$"
)
LINKED = re.compile(r"\[[^\]\n]+\]\[(?P<target>[A-Za-z_][\w.]*)\]")


class Thing(Struct, frozen=True):
    """One public thing. `shown` are the names under which users are to import it."""

    path: str
    module: str
    kind: str
    signature: str
    file: str
    line: int
    docstring: str
    docline: int
    shown: list[str]
    labels: list[str]

    @property
    def name(self) -> str:
        """What it is called inside its module."""
        return self.path.removeprefix(f"{self.module}.")


def whole(things: Sequence[Thing]) -> str:
    """All of it in one text, with a table of modules in front."""
    modules = [own for own in things if own.kind == "module"]
    index = [f"- [`{own.path}`](#{anchor(own.path)}){_summary(own)}" for own in modules]
    return "\n".join(["# Reference", "", *index, "", *(line for own in things for line in section(own))])


def pages(things: Sequence[Thing]) -> dict[str, str]:
    """A text for each module, by its name, and `index`."""
    found: dict[str, list[str]] = {}
    for own in things:
        found.setdefault(own.module if own.kind != "module" else own.path, []).extend(section(own))
    modules = [own for own in things if own.kind == "module"]
    index = [f"- [`{own.path}`]({own.path}.md){_summary(own)}" for own in modules]
    return {
        "index": "\n".join(["# Reference", "", *index, ""]),
        **{name: "\n".join(text) for name, text in found.items()},
    }


def section(own: Thing) -> list[str]:
    """One thing: heading, signature, docstring."""
    level = 2 if own.kind == "module" else 3 + own.name.count(".")
    said = own.path if own.kind == "module" else own.name
    lines = [f'<a id="{anchor(own.path)}"></a>', f"{'#' * min(level, 6)} `{said}`", ""]
    if own.signature:
        prefix = "class " if own.kind == "class" else "async def " if "async" in own.labels else ""
        prefix = "def " if own.kind == "function" and not prefix else prefix
        lines += ["```python", *(f"@{label}" for label in own.labels if label.endswith("method")),
                  *_wrapped(prefix + own.signature), "```", ""]  # fmt: skip
    if own.shown:
        lines += [f"Import it as {', '.join(f'`{name}`' for name in own.shown)}.", ""]
    return [*lines, *_prose(own.docstring), ""] if own.docstring else lines


def anchor(path: str) -> str:
    """What a link inside the page calls it."""
    return path.replace(".", "-").lower()


def _wrapped(signature: str) -> list[str]:
    """A long signature with one parameter on each line.

    >>> _wrapped("f(" + "a: dict[str, int] = {}, " * 4 + "b) -> int")[1:3]
    ['    a: dict[str, int] = {},', '    a: dict[str, int] = {},']
    """
    if len(signature) <= 88 or "(" not in signature:
        return [signature]
    start = signature.index("(") + 1
    parts, depth, place = [], 0, start
    for index in range(start, len(signature)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(signature[index], 0)
        if depth == 0 and signature[index] == ",":
            parts.append(signature[place:index].strip())
            place = index + 1
        if depth < 0:
            parts.append(signature[place:index].strip())
            return [signature[:start], *(f"    {part}," for part in parts if part), signature[index:]]
    return [signature]


def _prose(docstring: str) -> list[str]:
    """A docstring as Markdown: examples become code, sections become lists, headings stay below ours."""
    lines: list[str] = []
    inside, listed = False, False
    for line in docstring.splitlines():
        example = line.lstrip().startswith(">>>") or (inside and bool(line.strip()))
        if example != inside:
            lines.append("```python" if example else "```")
            inside = example
        if inside:
            lines.append(line)
            continue
        listed = bool(SECTION.match(line)) or (listed and line.startswith((" ", "\t")))
        lines += _listed(line) if listed else [_plain(line)]
    return [*lines, "```"] if inside else lines


def _listed(line: str) -> list[str]:
    """A line of a section such as `Parameters:`.

    >>> _listed("Raises:"), _listed("    ValueError: when it is late"), _listed("        very late")
    (['**Raises**', ''], ['- `ValueError`: when it is late'], ['  very late'])
    """
    heading = SECTION.match(line)
    if heading:
        return [f"**{heading[1]}**", ""]
    named = re.match(r"(?: {4}|\t)(\*{0,2}\w+)(?: ?\([^)]*\))?: (.*)", line)
    return [f"- `{named[1]}`: {_plain(named[2])}"] if named else [f"  {_plain(line.strip())}"]


def _plain(line: str) -> str:
    text = ROLE.sub(lambda found: f"`{target_of(found['target'])}`", line).replace("``", "`")
    field = FIELD.match(text)
    if field:
        return f"- `{field[1]}`: {field[2]}" if field[1] else f"- returns: {field[2]}"
    return re.sub(r"^(#{1,6}) (.+)$", r"**\2**", text)


def _summary(own: Thing) -> str:
    first = own.docstring.partition("\n")[0].strip()
    return f" - {first}" if first else ""


def target_of(written: str) -> str:
    """What a role points at.

    >>> target_of("~click.core.Context"), target_of("the context <click.Context>"), target_of("run()")
    ('click.core.Context', 'click.Context', 'run')
    """
    inner = re.search(r"<([^>]+)>$", written)
    return (inner[1] if inner else written).strip().lstrip("~!.").removesuffix("()")


def names(defined: Sequence[str], aliases: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Every name by which something can be reached: where it is defined, and where it is imported.

    >>> sorted(names(["a.b", "a.b.C", "a.b.C.run"], [("a.C", "a.b.C")]))
    ['a.C', 'a.C.run', 'a.b', 'a.b.C', 'a.b.C.run']
    """
    members: dict[str, list[str]] = {}
    for name in defined:
        members.setdefault(name.rpartition(".")[0], []).append(name)
    found = {*defined, *(alias for alias, _ in aliases)}
    for alias, target in aliases:
        found.update(f"{alias}.{name.rpartition('.')[2]}" for name in members.get(target, ()))
    return frozenset(found)


def broken(things: Sequence[Thing], known: frozenset[str]) -> Iterator[tuple[Thing, int, str, bool]]:
    """References that lead nowhere: from where, the line, the target, and whether that is certain.

    Certain where the target begins with a package of the project. A short name is looked for anywhere in the
    project; names of other distributions cannot be known and are not judged.
    """
    packages = {name.partition(".")[0] for name in known}
    endings = {".".join(name.split(".")[-count:]) for name in known for count in (1, 2, 3)}
    for own in things:
        for number, line in enumerate(own.docstring.splitlines()):
            for found in (*ROLE.finditer(line), *LINKED.finditer(line)):
                target = target_of(found["target"])
                first = target.partition(".")[0]
                if not re.fullmatch(r"[A-Za-z_][\w.]*", target) or target in known or target in endings:
                    continue
                if first in packages and "." in target:
                    yield own, own.docline + number, target, True
                elif "." not in target and not _outside(first):
                    yield own, own.docline + number, target, False


def _outside(name: str) -> bool:
    return name in sys.stdlib_module_names or hasattr(builtins, name)
