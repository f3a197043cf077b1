"""Which packages a project says it needs, in which version, and where it says so. Needs `packaging`.

Read are requirements files, pyproject.toml (PEP 621, dependency groups, build requirements, Poetry),
setup.cfg, and the lock files of uv, Poetry, PDM, Pipenv and PEP 751. Nothing is resolved, and no code of the
project runs: what setup.py says is not known.
"""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec
from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from functions import sources
from functions.agents.osv import normalised

Source = Literal["index", "git", "url", "path"]

MOST_BYTES = 20 << 20
"""Lock files are long."""
_REQUIREMENTS = re.compile(
    r"(^|[-_./])(requirements|constraints)([-_.].*)?\.(txt|in)$|(^|/)requirements/[^/]+\.txt$"
)
_HASH = re.compile(r"\s--hash[= ]\S+")
_EXACT = re.compile(r"===?\s*([^\s,*]+)$")
_URL = re.compile(r"^(git|hg|svn|bzr)\+|^https?://|^file:")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_COMMIT = re.compile(r"@[0-9a-f]{40}(?=$|[#&\s])")


class Pin(Struct, frozen=True):
    """One package as one file names it. `version` is empty where it names no exact one."""

    name: str
    version: str
    file: str
    line: int
    specifier: str = ""
    source: Source = "index"
    locked: bool = False
    fixed_source: bool = True
    hashed: bool = False


class Option(Struct, frozen=True):
    """A line of a requirements file that says where packages come from."""

    name: str
    value: str
    file: str
    line: int


class Pins(Struct):
    """All that was read. `broken` has a reason for each file that says nothing we could read."""

    pins: list[Pin] = msgspec.field(default_factory=list)
    options: list[Option] = msgspec.field(default_factory=list)
    files: list[str] = msgspec.field(default_factory=list)
    broken: dict[str, str] = msgspec.field(default_factory=dict)
    notes: list[str] = msgspec.field(default_factory=list)
    script: bool = False
    """Whether there is a setup.py: what it needs is known only by running it."""


def read(directory: Path) -> Pins:
    """What all files of a project say about its dependencies."""
    found = Pins()
    entries = {entry.path: entry for entry in sources.walk(directory, MOST_BYTES)}
    waiting = [path for path in entries if _reader(path) is not None]
    while waiting:
        path = waiting.pop(0)
        if path in found.files or path in found.broken:
            continue
        if entries[path].reason:
            found.broken[path] = entries[path].reason
            continue
        try:
            text = (directory / path).read_text("utf-8-sig")
            (_reader(path) or _requirements)(text, path, found)
            found.files.append(path)
        except (
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
            OSError,
            configparser.Error,
            msgspec.DecodeError,
        ) as error:
            found.broken[path] = f"{type(error).__name__}: {error}"[:200]
        waiting += [own.value for own in found.options if own.name == "file" and own.value in entries]
    found.script = "setup.py" in entries
    return found


def _reader(path: str) -> Callable[[str, str, Pins], None] | None:
    name = PurePosixPath(path).name
    if name in _READERS:
        return _READERS[name]
    if name.startswith("pylock.") and name.endswith(".toml"):
        return _toml_lock
    return _requirements if _REQUIREMENTS.search(path) else None


def _requirements(text: str, file: str, found: Pins) -> None:
    for line, words in _logical(text):
        plain = _HASH.sub("", words).strip()
        if plain.startswith("-"):
            _option(plain, file, line, found)
        elif plain:
            _add(found, plain, file, line, hashed=plain != words.strip())


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, continued ones as one, with the number of their first."""
    start, kept = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        start = start or number
        if line.endswith("\\"):
            kept += line[:-1] + " "
            continue
        yield start, kept + line
        start, kept = 0, ""
    if kept:
        yield start, kept


def _option(words: str, file: str, line: int, found: Pins) -> None:
    name, _, value = re.sub(r"[= ]\s*", " ", words, count=1).partition(" ")
    value = value.strip()
    match name:
        case "-e" | "--editable":
            _add(found, value, file, line)
        case "-r" | "--requirement" | "-c" | "--constraint":
            place = str(PurePosixPath(file).parent / value)
            found.options.append(Option("file", place.removeprefix("./"), file, line))
        case "-i" | "--index-url" | "--extra-index-url" | "--trusted-host" | "-f" | "--find-links":
            found.options.append(
                Option({"-i": "--index-url", "-f": "--find-links"}.get(name, name), value, file, line)
            )
        case _:
            pass


def _add(found: Pins, words: str, file: str, line: int, *, hashed: bool = False) -> None:
    """One requirement in the words of PEP 508, or a URL or path as pip takes them."""
    if _URL.match(words) or words.startswith((".", "/")):
        named = _EGG.search(words)
        found.pins.append(_elsewhere(normalised(named[1]) if named else "", words, file, line))
        return
    try:
        own = Requirement(words)
    except InvalidRequirement:
        found.notes.append(f"{file}:{line}: not a requirement that can be read: {words[:80]}")
        return
    if own.url:
        found.pins.append(_elsewhere(normalised(own.name), own.url, file, line))
        return
    specifier = str(own.specifier)
    exact = _EXACT.match(specifier)
    found.pins.append(
        Pin(normalised(own.name), exact[1] if exact else "", file, line, specifier, hashed=hashed)
    )


def _elsewhere(name: str, url: str, file: str, line: int) -> Pin:
    source: Source = "git" if re.match(r"(git|hg|svn|bzr)\+", url) else "url" if "://" in url else "path"
    return Pin(name, "", file, line, url, source, fixed_source=source != "git" or bool(_COMMIT.search(url)))


def _pyproject(text: str, file: str, found: Pins) -> None:
    data = tomllib.loads(text)
    project = data.get("project", {})
    groups = [*project.get("optional-dependencies", {}).values(), *data.get("dependency-groups", {}).values()]
    wanted = [project.get("dependencies", []), data.get("build-system", {}).get("requires", []), *groups]
    for words in (own for group in wanted for own in group if isinstance(own, str)):
        _add(found, words, file, _line(text, words))
    poetry = data.get("tool", {}).get("poetry", {})
    tables = [poetry.get("dependencies", {}), poetry.get("dev-dependencies", {})]
    tables += [group.get("dependencies", {}) for group in poetry.get("group", {}).values()]
    for name, wish in (pair for table in tables for pair in table.items() if pair[0] != "python"):
        found.pins.append(_poetry(name, wish, file, _line(text, name)))


def _poetry(name: str, wish: Any, file: str, line: int) -> Pin:
    own: dict[str, Any] = wish if isinstance(wish, dict) else {"version": wish}
    if "git" in own:
        return Pin(normalised(name), "", file, line, own["git"], "git", fixed_source="rev" in own)
    if "path" in own or "url" in own:
        kind: Source = "path" if "path" in own else "url"
        return Pin(normalised(name), "", file, line, own[kind], kind)
    text = str(own.get("version", ""))
    exact = re.fullmatch(r"=*\s*(\d[^\s,*|]*)", text)
    return Pin(normalised(name), exact[1] if exact else "", file, line, _poetry_range(text))


def _poetry_range(text: str) -> str:
    """What a caret or tilde lets in, as PEP 440 has it; empty where we cannot say.

    >>> _poetry_range("^1.2.3"), _poetry_range("~2.1"), _poetry_range(">=1,<2")
    ('>=1.2.3,<2', '>=2.1,<2.2', '>=1,<2')
    """
    mark = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)", text)
    if mark is None:
        try:
            return str(text and SpecifierSet(text) and text)
        except InvalidSpecifier:
            return ""
    numbers = [int(part) for part in mark[2].split(".")]
    if mark[1] == "~":
        keep = numbers[:2]
    else:
        significant = next((place for place, own in enumerate(numbers) if own), len(numbers) - 1)
        keep = numbers[: significant + 1]
    return f">={mark[2]},<{'.'.join(map(str, [*keep[:-1], keep[-1] + 1]))}"


def _setup_cfg(text: str, file: str, found: Pins) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    blocks = [
        parser.get("options", "install_requires", fallback=""),
        parser.get("options", "setup_requires", fallback=""),
    ]
    if parser.has_section("options.extras_require"):
        blocks += [value for _, value in parser.items("options.extras_require")]
    for words in (line.strip() for block in blocks for line in re.split(r"[\n;](?!\s*\w+_\w+)", block)):
        if words and not words.startswith(("#", "file:")):
            _add(found, words, file, _line(text, words))


def _toml_lock(text: str, file: str, found: Pins) -> None:
    data = tomllib.loads(text)
    for own in [*data.get("package", []), *data.get("packages", [])]:
        place: dict[str, Any] = own.get("source") or own.get("vcs") or {}
        if {"editable", "virtual", "directory"} & set(place) or "version" not in own:
            continue
        git = place.get("type") == "git" or "git" in place
        line = _line(text, f'name = "{own["name"]}"')
        found.pins.append(
            Pin(
                normalised(own["name"]),
                own["version"],
                file,
                line,
                source="git" if git else "index",
                locked=True,
                hashed=True,
            )
        )


def _pipfile_lock(text: str, file: str, found: Pins) -> None:
    data = msgspec.json.decode(text, type=dict[str, Any])
    for name, own in (pair for group in ("default", "develop") for pair in data.get(group, {}).items()):
        exact = _EXACT.match(str(own.get("version", "")))
        source: Source = "git" if "git" in own else "index"
        if exact or source == "git":
            found.pins.append(
                Pin(
                    normalised(name),
                    exact[1] if exact else "",
                    file,
                    _line(text, f'"{name}"'),
                    source=source,
                    locked=True,
                    hashed="hashes" in own,
                )
            )


def _line(text: str, words: str) -> int:
    place = text.find(words)
    return text.count("\n", 0, place) + 1 if place >= 0 else 0


def unpinned(pins: Iterable[Pin]) -> list[Pin]:
    """The direct wishes that no file of the project narrows to one version."""
    own = list(pins)
    known = {pin.name for pin in own if pin.version}
    return [pin for pin in own if pin.source == "index" and not pin.version and pin.name not in known]


_READERS: dict[str, Callable[[str, str, Pins], None]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "uv.lock": _toml_lock,
    "poetry.lock": _toml_lock,
    "pdm.lock": _toml_lock,
    "Pipfile.lock": _pipfile_lock,
}
