"""Weak spots in Python code, found by bandit."""

import re
import sys
from typing import Any

import msgspec
from msgspec import Struct

from functions.agents import reading
from functions.agents.reading import Project, Ran
from functions.agents.secrets import redacted
from functions.context import Context
from functions.findings import Confidence, Finding, Severity, ToolRun
from functions.ports import Command, Limits
from functions.sources import is_test

LIMITS = Limits(seconds=180, memory=2 << 30)

_QUOTED = re.compile(r"'(.*)'", re.DOTALL)
_PASSWORDS = frozenset(("B105", "B106", "B107"))
_HINTS = frozenset(("B101", "B403", "B404", "B405", "B406", "B407", "B408", "B409", "B603", "B607"))
"""Rules that point at a place without saying that anything is wrong there (an import, say)."""
_SEVERITIES: dict[str, Severity] = {"LOW": "low", "MEDIUM": "medium", "HIGH": "high"}
_CONFIDENCES: dict[str, Confidence] = {"LOW": "low", "MEDIUM": "medium", "HIGH": "high"}


class Scan(Struct, frozen=True):
    """What bandit says of a project."""

    ran: Ran
    findings: list[Finding] = []
    lines: int = 0
    suppressed: int = 0


async def scan(ctx: Context, project: Project) -> Scan:
    """Findings of bandit over the project's sources."""
    version = reading.installed("bandit")
    if version is None:
        return Scan(reading.missing("bandit"))
    if not project.sources.files:
        return Scan(Ran(ToolRun("bandit", version, "skipped", "no Python files")))
    paths = [str(project.directory / name) for name in project.sources.names]
    argv = [sys.executable, "-I", "-m", "bandit", "-f", "json", "-q", "--exit-zero", *paths]
    ran = await reading.run(ctx, "bandit", version, Command(argv, (project.directory,), limits=LIMITS))
    return (
        read(ran, f"{project.directory}/", project.sources.names) if ran.tool.status == "ran" else Scan(ran)
    )


def read(ran: Ran, prefix: str, expected: list[str]) -> Scan:
    """The findings in bandit's JSON; `prefix` is taken off each file name."""
    try:
        data = msgspec.json.decode(ran.output)
        findings = [_finding(row, prefix) for row in data["results"]]
        broken = [
            reading.unparsed(row["filename"].removeprefix(prefix), row["reason"]) for row in data["errors"]
        ]
        totals = data["metrics"]["_totals"]
        seen = {name.removeprefix(prefix) for name in data["metrics"]} | {own.file for own in broken}
        broken += [reading.unparsed(name, "bandit left it out") for name in expected if name not in seen]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        tool = msgspec.structs.replace(
            ran.tool, status="failed", reason=f"its output cannot be read: {error!r}"
        )
        return Scan(Ran(tool, b"", ran.errors))
    asserts = [own for own in findings if own.rule.startswith("B101") and is_test(own.file)]
    kept = [own for own in findings if own not in asserts]
    return Scan(ran, [*kept, *broken], totals["loc"], totals["nosec"] + totals["skipped_tests"])


def _finding(row: dict[str, Any], prefix: str) -> Finding:
    message = row["issue_text"]
    if row["test_id"] in _PASSWORDS:
        message = _QUOTED.sub(lambda found: redacted(found[1]), message)
    cwe = row.get("issue_cwe") or {}
    return Finding(
        tool="bandit",
        rule=f"{row['test_id']}-{row['test_name']}",
        severity="info" if row["test_id"] in _HINTS else _SEVERITIES.get(row["issue_severity"], "info"),
        confidence=_CONFIDENCES.get(row["issue_confidence"], "low"),
        file=row["filename"].removeprefix(prefix),
        line=row["line_number"],
        end_line=max(row["line_range"], default=row["line_number"]),
        message=message,
        cwe=f"CWE-{cwe['id']}" if "id" in cwe else "",
        fix=_FIXES.get(row["test_id"], ""),
    )


_FIXES = {
    "B101": "raise an exception: assertions vanish under python -O",
    "B105": "read it from the environment or a secret store, and change it",
    "B106": "read it from the environment or a secret store, and change it",
    "B107": "let the caller give it; no default",
    "B108": "use tempfile",
    "B113": "give the request a timeout",
    "B301": "read JSON or msgpack; never unpickle what others wrote",
    "B303": "use hashlib.sha256",
    "B307": "use ast.literal_eval or a parser",
    "B311": "use the secrets module where it must not be guessed",
    "B324": "use hashlib.sha256, or usedforsecurity=False where it guards nothing",
    "B501": "leave certificate checks on",
    "B506": "use yaml.safe_load",
    "B602": "pass a list of words, without shell=True",
    "B605": "use subprocess with a list of words",
    "B608": "pass the values as parameters of the query",
    "B701": "switch autoescape on",
}
