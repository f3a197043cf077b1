"""Where a README no longer says what is: names that are gone, links that lead nowhere, parts that lack."""

import re
from collections.abc import Callable, Iterator, Sequence

from functions.agents.readme_sections import Facts
from functions.findings import Finding, Severity

FENCE = re.compile(r"^\s*(```|~~~)")
IMPORT = re.compile(
    r"^\s*(?:>>> |\.\.\. )?(?:from (?P<of>[\w.]+) import (?P<names>[\w, ]+)|import (?P<all>[\w.]+))"
)
LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
PYTHON = re.compile(
    r"Python\s*(?:>=\s*)?(?P<version>3\.\d+)\s*(?:\+|or (?:newer|later|higher|above))", re.IGNORECASE
)
LOWEST = re.compile(r">=\s*(?P<version>3\.\d+)")

WANTED = {
    "install": re.compile(r"(?im)\b(pip|uv|poetry|pipx|conda)\b.*\b(install|add)\b|^#+ .*(install|set.?up)"),
    "use": re.compile(r"(?im)^#+ .*(use|usage|example|quick|start|tutorial)|>>> |```py"),
    "license": re.compile(r"(?i)licen[cs]e"),
}


def drift(readme: str, file: str, facts: Facts, there: Callable[[str], bool]) -> list[Finding]:
    """What is to be mended in the text of a README. `there` tells whether a path of the project exists."""
    lines = readme.splitlines()
    return [
        *_lacking(readme, file),
        *_gone(lines, file, facts),
        *_dead(lines, file, there),
        *_stale(lines, file, facts),
    ]


def _lacking(readme: str, file: str) -> Iterator[Finding]:
    """A text inside the project file is a summary: nothing is asked of it."""
    for part, pattern in WANTED.items():
        if file != "pyproject.toml" and not pattern.search(readme):
            yield _finding(file, 0, "missing-section", "info", f"nothing is said of: {part}", "see the draft")


def _gone(lines: Sequence[str], file: str, facts: Facts) -> Iterator[Finding]:
    """Imports in code blocks that name what the packages do not have."""
    inside = False
    for number, line in enumerate(lines, 1):
        inside ^= bool(FENCE.match(line))
        found = IMPORT.match(line)
        if found is None or not (inside or line.lstrip().startswith(">>>") or line.startswith("    ")):
            continue
        for name in _named(found):
            if name.partition(".")[0] in facts.packages and name not in facts.known:
                text = f"{name} is imported here and is not among the public names"
                yield _finding(file, number, "unknown-name", "medium", text, "name what it is called now")


def _named(found: re.Match[str]) -> list[str]:
    if found["all"]:
        return [found["all"]]
    names = [part.split(" as ")[0].strip() for part in found["names"].split(",")]
    return [f"{found['of']}.{name}" for name in names if name]


def _dead(lines: Sequence[str], file: str, there: Callable[[str], bool]) -> Iterator[Finding]:
    inside = False
    for number, line in enumerate(lines, 1):
        inside ^= bool(FENCE.match(line))
        for found in () if inside else LINK.finditer(line):
            target = found["target"].strip("<>").partition("#")[0].partition("?")[0]
            if target and ":" not in target and not target.startswith("/") and not there(target):
                yield _finding(
                    file, number, "dead-link", "low", f"{target[:200]} is not in the project", "mend the link"
                )


def _stale(lines: Sequence[str], file: str, facts: Facts) -> Iterator[Finding]:
    lowest = LOWEST.search(facts.python)
    for number, line in enumerate(lines, 1):
        said = PYTHON.search(line)
        if lowest and said and said["version"] != lowest["version"]:
            text = f"says Python {said['version']}, the project file says {facts.python}"
            yield _finding(file, number, "stale-python", "low", text, f"say Python {lowest['version']}")


def _finding(file: str, line: int, rule: str, severity: Severity, text: str, fix: str) -> Finding:
    return Finding("readme", rule, severity, "high", file, line, text, fix=fix)
