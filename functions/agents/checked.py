"""What generated code has to pass before anybody is told that it is done: ruff, the compiler, its tests."""

import asyncio
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

import functions
from functions import sources
from functions.agents import reading, workbench
from functions.agents.reading import Ran
from functions.context import Context
from functions.findings import Finding, ToolRun
from functions.ports import Artifact, Command, Limits
from subjects.errors import PayloadTooLarge

LIMITS = Limits(seconds=60, memory=2 << 30)
TEST_LIMITS = msgspec.structs.replace(workbench.LIMITS, seconds=180)
MOST_FILES = 500
MOST_FILE = 5 << 20
_BROKEN = (None, "invalid-syntax", "F821", "F822", "F823")
RULES = "E4,E7,E9,F,I,UP,B,SIM,C4"

_COMPILE = (
    "import sys, json\n"
    "bad = {}\n"
    "for name in sys.argv[1:]:\n"
    "    try: compile(open(name, 'rb').read(), name, 'exec', dont_inherit=True)\n"
    "    except Exception as error: bad[name] = f'{type(error).__name__}: {error}'\n"
    "print(json.dumps(bad)); sys.exit(bool(bad))\n"
)


class _Row(Struct, frozen=True):
    code: str | None
    filename: str
    message: str
    location: dict[str, int]


class Checked(Struct, frozen=True):
    """The checks, each with its outcome. A check that found something is `failed`."""

    tools: list[ToolRun]
    findings: list[Finding] = []

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, as far as was checked."""
        return all(tool.status in ("ran", "skipped") for tool in self.tools)


async def formatted(ctx: Context, place: Path, names: Sequence[str], *, fix: str = RULES) -> list[ToolRun]:
    """Fix and format files in place, with our settings and not those that lie about."""
    if not names:
        return []
    fixed = await ruff(
        ctx, "ruff fix", place, ["check", "--fix-only", "--isolated", "--select", fix, "--", *names]
    )
    form = await ruff(
        ctx, "ruff format", place, ["format", "--isolated", "--line-length", "100", "--", *names]
    )
    return [fixed.tool, form.tool]


async def ruff(
    ctx: Context,
    name: str,
    place: Path,
    words: Sequence[str],
    fine: Sequence[int] = (0,),
    *,
    foreign: bool = False,
) -> Ran:
    """A run of ruff over files of a directory that it may write."""
    version = reading.installed("ruff")
    if version is None:
        return reading.missing("ruff")
    argv = [sys.executable, "-I", "-m", "ruff", *words[:1], "--no-cache", *words[1:]]
    command = Command(argv, (), place, limits=LIMITS, foreign=foreign)
    return await reading.run(ctx, name, version, command, fine)


async def verified(ctx: Context, place: Path, names: Sequence[str], rules: str = RULES) -> Checked:
    """Ruff's rules and the compiler over files; each thing that is wrong is a finding."""
    if not names:
        return Checked([])
    words = [
        "check",
        "--isolated",
        "--output-format",
        "json",
        "--line-length",
        "100",
        "--select",
        rules,
        "--",
        *names,
    ]
    ran = await ruff(ctx, "ruff check", place, words, (0, 1))
    rows = msgspec.json.decode(ran.output, type=list[_Row]) if ran.output else []
    prefix = f"{place}{os.sep}"
    findings = [
        Finding(
            "ruff", row.code or "invalid-syntax", "high" if row.code in _BROKEN else "low", "high",
            row.filename.removeprefix(prefix), row.location.get("row", 0), row.message,
        )
        for row in rows
    ]  # fmt: skip
    tool = ran.tool
    if findings:
        tool = msgspec.structs.replace(tool, status="failed", reason=f"{len(findings)} left, see findings")
    command = Command([sys.executable, "-I", "-c", _COMPILE, *names], (), place, limits=LIMITS)
    compiled = await reading.run(ctx, "compile", _python(), command)
    return Checked([tool, compiled.tool], findings)


async def proved(
    ctx: Context,
    place: Path,
    words: Sequence[str] = (),
    name: str = "pytest",
    roots: Sequence[str] = ("", "src"),
) -> ToolRun:
    """The tests in a directory, run as foreign code. Exit code 5, no tests at all, is a failure too."""
    version = reading.installed("pytest")
    if version is None:
        return reading.missing("pytest").tool
    own, ours = _ours()
    paths = [str(place / root) for root in roots] + own
    program = Path(__file__).with_name("pytested.py")
    command = Command(
        [sys.executable, "-I", str(program), "-q", "-x", "--assert=plain", *words],
        (program.parent, *ours), place, environment={"PYTHONPATH": ":".join(paths)}, foreign=True,
        limits=TEST_LIMITS,
    )  # fmt: skip
    outcome = await ctx.sandbox.run(command)
    wall = round(outcome.seconds * 1000, 1)
    if outcome.code == 0:
        return ToolRun(name, version, "ran", "", wall)
    if outcome.stopped == "time":
        return ToolRun(name, version, "timeout", f"stopped after {TEST_LIMITS.seconds:g} s", wall)
    said = (outcome.stdout + outcome.stderr).decode("utf-8", "replace").strip()[-1500:]
    return ToolRun(name, version, "failed", f"exit code {outcome.code}: {said}", wall)


def _ours() -> tuple[list[str], list[Path]]:
    """Where `functions` and `subjects` are, where the interpreter's own directories do not hold them."""
    root = Path(functions.__file__).resolve().parents[1]
    if root.is_relative_to(Path(sys.prefix).resolve()):
        return [], []
    return [str(root)], [root / "functions", root / "subjects"]


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def collected(place: Path) -> dict[str, bytes]:
    """The ordinary files below a directory that foreign code may have written to. No link is followed."""
    found: dict[str, bytes] = {}
    for entry in sources.walk(place, MOST_FILE):
        if entry.reason:
            continue
        if len(found) >= MOST_FILES:
            raise PayloadTooLarge(f"more than {MOST_FILES} files were generated")
        data = contents(place, entry.path)
        if data is not None:
            found[entry.path] = data
    return found


def contents(place: Path, name: str) -> bytes | None:
    """The bytes of one such file; None where it is none. `place` itself is ours, what is below is not."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        *folders, last = Path(name).parts
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    except OSError:
        return None
    finally:
        os.close(handle)
    with os.fdopen(file, "rb") as opened:
        plain = stat.S_ISREG(os.fstat(opened.fileno()).st_mode)
        return opened.read(MOST_FILE) if plain else None


async def kept(ctx: Context, files: Mapping[str, bytes]) -> list[Artifact]:
    """The files, stored."""
    return [await ctx.artifacts.put(name, data, media_type(name)) for name, data in sorted(files.items())]


def media_type(name: str) -> str:
    """What a generated file is, by its name.

    >>> media_type("src/a.py"), media_type("LICENSE")
    ('text/x-python', 'text/plain')
    """
    known = {
        ".py": "text/x-python", ".json": "application/json", ".md": "text/markdown",
        ".toml": "application/toml", ".diff": "text/x-diff",
        ".yaml": "application/yaml", ".yml": "application/yaml",
    }  # fmt: skip
    return known.get(Path(name).suffix, "text/plain")


async def written(place: Path, files: Mapping[str, bytes]) -> None:
    """Write files of ours below a directory of ours."""

    def write() -> None:
        for name, data in files.items():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    await asyncio.to_thread(write)
