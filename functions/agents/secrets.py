"""Keys, tokens and passwords that were written into files, found by kingfisher. None is repeated in full."""

import asyncio
import hashlib
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from functions.agents import reading
from functions.agents.reading import Project, Ran
from functions.context import Context
from functions.findings import CONFIDENCES, Confidence, Finding
from functions.ports import Command, Limits
from functions.sources import IGNORED, is_test

LIMITS = Limits(seconds=120, memory=8 << 30)
"""Its address space is mostly reserved, not used."""
OWN = Path(__file__).with_name("secrets.yml")
"""Rules of our own: keys that kingfisher's rules let pass when they stand alone."""
MOST_MEGABYTES = 5
SILENCED = "kingfisher:ignore"
_FOUND = 200
"""Its exit code for `there are findings`."""


class Scan(Struct, frozen=True):
    """What kingfisher says of a project."""

    ran: Ran
    findings: list[Finding] = []
    suppressed: int = 0


def redacted(secret: str) -> str:
    """Enough to recognise a secret by, too little to use.

    >>> redacted("ghp_0123456789abcdef"), redacted("hunter2")
    ('ghp_... (20 characters)', '... (7 characters)')
    """
    return f"{secret[:4] if len(secret) >= 12 else ''}... ({len(secret)} characters)"


async def scan(ctx: Context, project: Project, readable: frozenset[str]) -> Scan:
    """Secrets in the `readable` files of the project, Python or not."""
    version = reading.installed("kingfisher-bin")
    if version is None:
        return Scan(reading.missing("kingfisher"))
    rules = await _rules(ctx, version)
    argv = [*_words(rules), "--max-file-size", str(MOST_MEGABYTES), "--no-dedup", "--no-ignore"]
    for name in sorted(IGNORED):
        argv += ["--exclude", f"**/{name}"]
    reads = (project.directory, OWN) if rules is None else (project.directory, OWN, rules)
    command = Command([*argv, str(project.directory)], reads, limits=LIMITS)
    ran = await reading.run(ctx, "kingfisher", version, command, fine=(0, _FOUND))
    if ran.tool.status != "ran":
        return Scan(ran)
    found = read(ran, f"{project.directory}/", readable)
    return await asyncio.to_thread(_without_silenced, found, project.directory)


def read(ran: Ran, prefix: str, readable: frozenset[str]) -> Scan:
    """The findings in kingfisher's JSON, one for each place."""
    try:
        rows = msgspec.json.decode(ran.output.partition(b"\n")[0])["findings"]
        found = [_finding(row, prefix) for row in rows]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        tool = msgspec.structs.replace(
            ran.tool, status="failed", reason=f"its output cannot be read: {error!r}"
        )
        return Scan(Ran(tool, b"", ran.errors))
    found.sort(key=lambda own: CONFIDENCES.index(own.confidence))
    places: dict[tuple[str, int], Finding] = {}
    for finding in found:
        if finding.file in readable:
            places.setdefault((finding.file, finding.line), finding)
    return Scan(ran, list(places.values()))


def _without_silenced(found: Scan, directory: Path) -> Scan:
    """Lines with the scanner's own mark are left out here, not by the scanner: so they are counted."""
    lines = {name: reading.text_of(directory / name) for name in {own.file for own in found.findings}}
    kept = [
        own
        for own in found.findings
        if not any(SILENCED in line for line in lines[own.file][own.line - 1 :][:1])
    ]
    return Scan(found.ran, kept, len(found.findings) - len(kept))


def _finding(row: dict[str, Any], prefix: str) -> Finding:
    rule, found = row["rule"], row["finding"]
    file = found["path"].removeprefix(prefix)
    confidence: Confidence = found["confidence"] if found["confidence"] in CONFIDENCES else "low"
    title = str(rule["title"]).partition(" => ")[0].replace("-", " ").lower()
    return Finding(
        tool="kingfisher",
        rule=rule["id"],
        severity="medium" if is_test(file) else "high",
        confidence=confidence,
        file=file,
        line=found["line"],
        message=f"secret in the file ({title}): {redacted(found['snippet'])}",
        cwe="CWE-798",
        fix="revoke it, then read the new one from the environment or a secret store",
    )


def _words(rules: Path | None) -> list[str]:
    quiet = ["--no-validate", "--no-update-check", "--format", "json", "--git-history", "none"]
    cache = ["--no-rule-cache"] if rules is None else ["--rule-cache-dir", str(rules)]
    return [sys.executable, "-I", "-m", "kingfisher", "scan", *quiet, "--rules-path", str(OWN), *cache]


async def _rules(ctx: Context, version: str) -> Path | None:
    """Where its compiled rules are, which take 4 s to compile. They are made by a run over nothing.

    A run over a project sees them read-only, so that no project can plant rules for the next one.
    """
    try:
        own = hashlib.sha256(OWN.read_bytes()).hexdigest()[:12]
        cache = Path.home() / ".cache" / "revoagent" / f"kingfisher-{version}-{own}"
        if any(cache.glob("*.vscdb")):
            return cache
        nothing = cache / "nothing"
        nothing.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):
        return None
    await ctx.sandbox.run(Command([*_words(cache), str(nothing)], (OWN,), work=cache, limits=LIMITS))
    return cache if any(cache.glob("*.vscdb")) else None
