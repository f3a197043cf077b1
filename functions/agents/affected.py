"""Whether a version is affected by an advisory, and by which version that ends. Needs `packaging`."""

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec import Struct
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from functions.agents import cvss
from functions.agents.osv import Advisory, Affected, normalised
from functions.findings import Severity

_WORDS: dict[str, Severity] = {
    "CRITICAL": "critical", "HIGH": "high", "MODERATE": "medium", "MEDIUM": "medium", "LOW": "low",
}  # fmt: skip
_ORDER = ("CVE-", "GHSA-", "PYSEC-")


class Vulnerability(Struct, frozen=True):
    """Advisories that speak of one flaw, as one. `fixed` is empty where no release mends it."""

    id: str
    aliases: list[str]
    summary: str
    severity: Severity
    score: float | None
    fixed: str
    cwe: str = ""


def of(name: str, version: str, advisories: Iterable[Advisory]) -> list[Vulnerability]:
    """What is known of one version of a package. Advisories that are aliases of each other count once."""
    own = _version(version)
    hit = [
        advisory for advisory in advisories if any(_hits(part, own, version) for part in _of(advisory, name))
    ]
    return [_merged(name, own, group) for group in _groups(hit)]


def allowed(name: str, specifier: str, advisories: Iterable[Advisory]) -> list[Vulnerability]:
    """What is known of any version that a range of versions lets in."""
    range_ = SpecifierSet(specifier)
    hit: list[Advisory] = []
    for advisory in advisories:
        parts = list(_of(advisory, name))
        candidates = {text for part in parts for text in _candidates(part)} | {own.version for own in range_}
        versions = [found for text in candidates if (found := _version(text)) is not None]
        if any(
            range_.contains(version, prereleases=version.is_prerelease)
            and any(_hits(part, version, str(version)) for part in parts)
            for version in versions
        ):
            hit.append(advisory)
    return [_merged(name, None, group) for group in _groups(hit)]


def _of(advisory: Advisory, name: str) -> Iterator[Affected]:
    return (own for own in advisory.affected if normalised(own.package.name) == name)


def _candidates(part: Affected) -> Iterator[str]:
    yield from part.versions
    for range_ in part.ranges:
        for event in range_.events:
            yield from (value for key, value in event.items() if key in ("introduced", "last_affected"))


def _hits(part: Affected, version: Version | None, text: str) -> bool:
    """The rule of the OSV schema: listed by name, or within the events of one range."""
    if text in part.versions:
        return True
    if version is None:
        return False
    if any(_version(own) == version for own in part.versions):
        return True
    return any(
        range_.type in ("ECOSYSTEM", "SEMVER") and _within(range_.events, version) for range_ in part.ranges
    )


def _within(events: list[dict[str, str]], version: Version) -> bool:
    inside = False
    for kind, at in _sorted(events):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _sorted(events: list[dict[str, str]]) -> list[tuple[str, Version]]:
    """Events in the order of their versions; an upper end before a new beginning at the same version."""
    found = [
        (kind, own) for event in events for kind, text in event.items() if (own := _version(text)) is not None
    ]
    return sorted(found, key=lambda event: (event[1], event[0] == "introduced"))


def _groups(advisories: Iterable[Advisory]) -> list[list[Advisory]]:
    """Advisories that share an id or alias stand together."""
    groups: list[tuple[set[str], list[Advisory]]] = []
    for advisory in advisories:
        ids = {advisory.id, *advisory.aliases}
        joined = [group for group in groups if group[0] & ids]
        together = [own for _, members in joined for own in members]
        groups = [group for group in groups if group not in joined]
        groups.append((ids.union(*(known for known, _ in joined)), [*together, advisory]))
    return [members for _, members in groups]


def _merged(name: str, version: Version | None, group: list[Advisory]) -> Vulnerability:
    ids = sorted({id for own in group for id in (own.id, *own.aliases)}, key=_rank)
    score = cvss.worst(own.score for advisory in group for own in advisory.severity)
    worded: list[Severity] = [_WORDS[word] for own in group if (word := _word(own)) in _WORDS]
    said: Severity = worded[0] if worded else "medium"
    severity = said if score is None else cvss.worded(score)
    texts = [own.summary or own.details.strip().partition("\n")[0] for own in group]
    return Vulnerability(
        id=ids[0],
        aliases=ids[1:],
        summary=min((text for text in texts if text), key=len, default="no description")[:300],
        severity=severity,
        score=score,
        fixed=_fixed(name, version, group),
        cwe=next((cwe for own in group for cwe in _cwes(own)), ""),
    )


def _fixed(name: str, version: Version | None, group: list[Advisory]) -> str:
    """The lowest release above `version` that every advisory of the group calls mended."""
    parts = [part for advisory in group for part in _of(advisory, name)]
    ends = {
        at
        for part in parts
        for range_ in part.ranges
        if range_.type in ("ECOSYSTEM", "SEMVER")
        for kind, at in _sorted(range_.events)
        if kind == "fixed" and (version is None or at > version)
    }
    good = [end for end in sorted(ends) if not any(_hits(part, end, str(end)) for part in parts)]
    if not good:
        return ""
    return str(good[-1] if version is None else good[0])


def _word(advisory: Advisory) -> str:
    own = advisory.database_specific or {}
    return str(own.get("severity", "")).upper()


def _cwes(advisory: Advisory) -> list[str]:
    own = (advisory.database_specific or {}).get("cwe_ids")
    return [str(cwe) for cwe in cast("list[object]", own)] if isinstance(own, list) else []


def _rank(id: str) -> tuple[int, str]:
    return next((place for place, mark in enumerate(_ORDER) if id.startswith(mark)), len(_ORDER)), id


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
