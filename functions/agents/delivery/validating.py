"""Deployment files, checked by the tools that are there."""

import asyncio
import sys
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.agents import reading
from functions.agents.delivery import systemd
from functions.context import Context
from functions.findings import Finding, Report, Severity, ToolRun, fingerprinted, ranked, status_of
from functions.ports import Command, Limits
from functions.sources import Entry, Sources

HERE = Path(__file__).parent
MOST_TEXT = 256 << 10
"""Bytes of one file: a larger one is slow to read as YAML, and none is so large."""
MOST_FILES = 500
KUBERNETES = "1.37"
INSTALL = 'not installed: pip install "revoagent[k8s]"'
_LIMITS = Limits(seconds=60, memory=2 << 30)

Row = tuple[str, str, Severity, int, str, str]


class Validation(Report, frozen=True, kw_only=True):
    """What the files were found to be."""

    checked: Annotated[list[str], Meta(description="Files that were looked at.")]


class Validate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files: given here by name, or below a project."""

    files: Annotated[dict[str, str], Meta(max_length=MOST_FILES)] | None = None
    path: str | None = None
    archive: str | None = None
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"

    def __post_init__(self) -> None:
        if sum(own is not None for own in (self.files, self.path, self.archive)) != 1:
            raise ValueError("give one of files, path, archive")

    async def checked(self, ctx: Context) -> Validation:
        """The answer."""
        notes: list[str] = []
        files = self.files or {}
        if self.files is None:
            directory = await ctx.projects.directory(self.path, self.archive)
            files, notes = await asyncio.to_thread(_read, directory)
        large = [name for name, text in files.items() if len(text) > MOST_TEXT]
        notes += [f"{name}: larger than {MOST_TEXT >> 10} kB, not checked" for name in large]
        others = [name for name in files if not is_deployment(name)]
        notes += [f"{name[:200]}: no kind of file that is known here, not checked" for name in others]
        kept = {name: text for name, text in files.items() if name not in (*large, *others)}
        found = await validated(ctx, kept)
        status = "partial" if (large or others) and found.status == "ok" else found.status
        return Validation(
            status, found.summary, found.findings, found.tools, found.metrics, notes + found.notes,
            checked=sorted(kept),
        )  # fmt: skip


def is_deployment(path: str) -> bool:
    """Whether a file is looked at.

    >>> is_deployment("k8s/a.yaml"), is_deployment("Dockerfile.dev"), is_deployment("a.py")
    (True, True, False)
    """
    last = PurePosixPath(path).name.lower()
    return last.endswith((".yaml", ".yml", ".service", ".dockerfile")) or last.startswith("dockerfile")


async def validated(ctx: Context, files: dict[str, str]) -> Report:
    """What is wrong with files, by name."""
    chosen = {name: text for name, text in files.items() if is_deployment(name)}
    version = reading.installed("kubernetes-validate")
    question = {
        "files": chosen,
        "kubernetes": KUBERNETES if version else "",
        "schemas": str(HERE / "schemas"),
    }
    command = Command(
        [sys.executable, "-I", str(HERE / "check.py")],
        (HERE,),
        None,
        msgspec.json.encode(question),
        limits=_LIMITS,
    )
    ran = await reading.run(ctx, "revoagent", "", command)
    findings: list[Finding] = []
    if ran.tool.status == "ran":
        for name, rows in msgspec.json.decode(ran.output, type=dict[str, list[Row]]).items():
            findings += [_finding(name, row) for row in rows]
    tools = [ran.tool, _kubernetes(chosen, version, ran.tool)]
    units = {name: text for name, text in chosen.items() if name.endswith(".service")}
    if units:
        more, tool = await systemd.verified(ctx, units)
        findings += more
        tools.append(tool)
    full = fingerprinted(findings, {name: text.splitlines() for name, text in chosen.items()})
    summary = f"findings: {len(full)}, in {len(chosen)} files"
    notes = [f"{own.name} {own.status}: {own.reason}" for own in tools if own.status != "ran"]
    kept = ranked(full)[: reading.MOST_FINDINGS]
    return Report(
        status_of(tools), summary, kept, tools, {"files": len(chosen), "findings": len(full)}, notes
    )


def _kubernetes(files: dict[str, str], version: str | None, ran: ToolRun) -> ToolRun:
    name = "kubernetes-validate"
    if not any("apiVersion:" in text for text in files.values()):
        return ToolRun(name, version or "", "skipped", "no objects of Kubernetes")
    if version is None:
        return ToolRun(name, "", "missing", INSTALL)
    return ToolRun(name, version, ran.status, ran.reason, ran.wall_ms)


def _finding(name: str, row: Row) -> Finding:
    tool, rule, severity, line, message, fix = row
    return Finding(tool, rule, severity, "high", name, line, message, fix=fix)


def _read(directory: Path) -> tuple[dict[str, str], list[str]]:
    files: dict[str, str] = {}
    skipped: list[Entry] = []
    for entry in sources.walk(directory, MOST_TEXT):
        if not is_deployment(entry.path):
            continue
        reason = entry.reason or ("" if len(files) < MOST_FILES else f"more than {MOST_FILES} files")
        if reason:
            skipped.append(Entry(entry.path, entry.size, reason))
        else:
            files[entry.path] = "\n".join(reading.text_of(directory / entry.path)) + "\n"
    return files, Sources((), tuple(skipped)).notes()
