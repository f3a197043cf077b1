"""The documentation agent's changelog: what changed for users, out of the commits between two revisions."""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from functions.agents import history
from functions.agents.history import Commit, Revision
from functions.api import function
from functions.context import Context
from functions.findings import Report, status_of
from functions.sources import Target

Section = Literal["Breaking", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Internal"]

SECTIONS: tuple[Section, ...] = (
    "Breaking", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Internal",
)  # fmt: skip
MOST_ENTRIES = 500
"""Entries in the answer; the artifact has all of them."""

_CONVENTIONAL = re.compile(r"(?P<kind>[A-Za-z]+)(?:\((?P<scope>[^()]+)\))?(?P<breaking>!)?:\s+(?P<text>\S.*)")
_BREAKING = re.compile(r"^BREAKING[ -]CHANGE:\s*(?P<text>\S.*)", re.MULTILINE)
_MERGED = re.compile(r"Merge pull request (#\d+) from \S+\s*\n+(?P<title>\S.*)")
_REVERT = re.compile(r'Revert "(?P<subject>.+)"$')
_NUMBERS = re.compile(r"(?<![\w/#])((?:[\w.-]+/[\w.-]+)?#\d+|GH-\d+)\b")
_TRAILER = re.compile(r"(?im)^(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see):?\s+(?P<rest>.*#\d+.*)$")
_KINDS: dict[str, Section] = {
    "feat": "Added", "feature": "Added", "fix": "Fixed", "bugfix": "Fixed", "perf": "Changed",
    "refactor": "Internal", "revert": "Changed", "deprecate": "Deprecated", "remove": "Removed",
    "security": "Security", "sec": "Security", "docs": "Internal", "doc": "Internal", "style": "Internal",
    "test": "Internal", "tests": "Internal", "build": "Internal", "ci": "Internal", "chore": "Internal",
    "release": "Internal",
}  # fmt: skip
_VERBS: dict[str, Section] = {
    "add": "Added", "adds": "Added", "added": "Added", "introduce": "Added", "support": "Added",
    "implement": "Added", "allow": "Added", "provide": "Added", "new": "Added",
    "fix": "Fixed", "fixes": "Fixed", "fixed": "Fixed", "correct": "Fixed", "repair": "Fixed",
    "resolve": "Fixed", "prevent": "Fixed", "remove": "Removed", "removes": "Removed", "removed": "Removed",
    "drop": "Removed", "delete": "Removed", "deprecate": "Deprecated", "deprecates": "Deprecated",
    "security": "Security", "bump": "Internal", "release": "Internal", "test": "Internal",
}  # fmt: skip


class Log(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose history, and which part of it."""

    since: Annotated[
        Revision | None, Meta(description="Changes after it; without it, after the last tag before `until`.")
    ] = None
    until: Revision = "HEAD"
    version: Annotated[str, Meta(max_length=100, pattern=r"^[^\n\r]+$")] = "Unreleased"
    internal: Annotated[bool, Meta(description="Also what users do not notice: tests, builds, chores.")] = (
        False
    )


class Entry(Struct, frozen=True, omit_defaults=True):
    """One change."""

    section: Section
    text: str
    commit: str
    scope: str = ""
    numbers: Annotated[list[str], Meta(description="Issues and pull requests, as written.")] = []


class Changelog(Report, frozen=True):
    """The changes, grouped, and the same as text in the form of Keep a Changelog 1.1."""

    entries: tuple[Entry, ...] = ()
    markdown: str = ""


@function("documentation.changelog", timeout=120)
async def changelog(input: Log, ctx: Context) -> Changelog:
    """Group the commits between two revisions by what they mean for users, breaking changes first."""
    directory = await ctx.projects.directory(input.path, input.archive)
    repository = await history.needed(ctx, input, directory)
    until = await history.resolved(ctx, repository, input.until)
    start = input.since or await history.last_tag(ctx, repository, until)
    since = None if start is None else await history.resolved(ctx, repository, start)
    ran, commits = await history.commits(ctx, repository, since, until)
    tool = replace(ran.tool, version=await history.version(ctx))
    entries = entries_of(commits)
    shown = entries if input.internal else [own for own in entries if own.section != "Internal"]
    date = commits[0].date[:10] if commits else ""
    text = rendered(shown, input.version, date)
    kept = [await ctx.artifacts.put("CHANGELOG.md", text.encode(), "text/markdown")] if shown else []
    notes = [] if start else ["no tag before it: the whole history was read"]
    if len(commits) == history.MOST_COMMITS:
        notes.append(f"only the newest {history.MOST_COMMITS} commits were read")
    if len(shown) < len(entries):
        notes.append(
            f"{len(entries) - len(shown)} internal changes left out (tests, builds, chores, refactoring)"
        )
    if len(shown) > MOST_ENTRIES:
        notes.append(f"{len(shown) - MOST_ENTRIES} more entries stand in the artifact only")
    if tool.status != "ran":
        notes.append(f"git {tool.status}: {tool.reason}")
    counts = {section: sum(own.section == section for own in entries) for section in SECTIONS}
    said = ", ".join(f"{count} {section.lower()}" for section, count in counts.items() if count) or "nothing"
    return Changelog(
        status=status_of([tool]),
        summary=f"{len(commits)} commits {f'since {start}' if start else 'in all'}: {said}",
        tools=[tool],
        metrics={"commits": len(commits), "since": start, "until": until, "sections": counts},
        notes=notes,
        artifacts=kept,
        entries=tuple(shown[:MOST_ENTRIES]),
        markdown=text if len(text) <= 100_000 else "",
    )


def entries_of(commits: list[Commit]) -> list[Entry]:
    """One entry for each commit that says something; a change and its own revert cancel each other out."""
    undone: dict[str, int] = {}
    found: list[Entry] = []
    for commit in commits:
        subject = commit.subject
        if undone.get(subject):
            undone[subject] -= 1
            continue
        revert = _REVERT.match(subject)
        if revert and any(own.subject == revert["subject"] for own in commits):
            undone[revert["subject"]] = undone.get(revert["subject"], 0) + 1
            continue
        entry = _entry(commit)
        if entry is not None:
            found.append(entry)
    order = {section: place for place, section in enumerate(SECTIONS)}
    return sorted(found, key=lambda own: order[own.section])


def _entry(commit: Commit) -> Entry | None:
    subject, extra = commit.subject, ""
    if commit.parents > 1:
        merged = _MERGED.match(commit.message.strip())
        if merged is None:
            return None
        subject, extra = merged["title"], merged[1]
    if not subject:
        return None
    numbers = list(dict.fromkeys([*_NUMBERS.findall(f"{subject} {extra}"), *_trailers(commit.message)]))
    named = _CONVENTIONAL.match(subject)
    kind = named["kind"].lower() if named else ""
    broken = _BREAKING.search(commit.message)
    if named is None or kind not in _KINDS:
        return Entry("Breaking" if broken else _plain(subject), _text(subject), commit.id, "", numbers)
    section = "Breaking" if named["breaking"] or broken else _KINDS[kind]
    text = broken["text"] if broken and not named["text"] else named["text"]
    return Entry(section, _text(text), commit.id, named["scope"] or "", numbers)


def _plain(subject: str) -> Section:
    """By its first word, as people write subjects: an instruction.

    >>> _plain("Add a door"), _plain("Fixes a leak"), _plain("Say it better")
    ('Added', 'Fixed', 'Changed')
    """
    word = re.match(r"\W*([A-Za-z]+)", subject)
    return _VERBS.get(word[1].lower() if word else "", "Changed")


def _trailers(message: str) -> list[str]:
    return [number for line in _TRAILER.finditer(message) for number in _NUMBERS.findall(line["rest"])]


def _text(subject: str) -> str:
    """A subject without the numbers that are listed behind it anyway."""
    text = re.sub(r"\s*\((?:[\w.-]+/[\w.-]+)?#\d+\)\s*$", "", subject).strip()
    return text[:1].upper() + text[1:]


def rendered(entries: list[Entry], version: str, date: str) -> str:
    """The entries as a section of a Keep a Changelog file.

    >>> print(rendered([Entry("Fixed", "A leak", "ab12", "http", ["#7"])], "1.2.0", "2026-01-02"))
    ## [1.2.0] - 2026-01-02
    <BLANKLINE>
    ### Fixed
    <BLANKLINE>
    - **http:** A leak (#7)
    <BLANKLINE>
    """
    lines = [f"## [{version}]" + (f" - {date}" if date and version != "Unreleased" else ""), ""]
    for section in SECTIONS:
        own = [entry for entry in entries if entry.section == section]
        if own:
            lines += [f"### {section}", "", *(_line(entry) for entry in own), ""]
    return "\n".join(lines)


def _line(entry: Entry) -> str:
    scope = f"**{entry.scope}:** " if entry.scope else ""
    return f"- {scope}{entry.text}" + (f" ({', '.join(entry.numbers)})" if entry.numbers else "")


FUNCTIONS = (changelog,)
