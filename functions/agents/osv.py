"""Known vulnerabilities of packages, from a dump in the OSV format (https://ossf.github.io/osv-schema/).

A dump is what OSV offers for download as `PyPI/all.zip`, a directory of the same files, or one JSON file
(also gzipped) with a list of them. Nothing here asks the network.
"""

import gzip
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

MOST_RECORD = 4 << 20
"""Bytes of one advisory; longer ones are counted as unreadable."""
MOST_DUMP = 1 << 30
"""Bytes of a whole dump, unpacked."""
_NAME = re.compile(r"[-_.]+")


class Package(Struct, frozen=True):
    """The package an advisory is about."""

    name: str = ""
    ecosystem: str = ""


class Range(Struct, frozen=True):
    """Events along the line of versions: `introduced`, `fixed`, `last_affected`."""

    type: str = ""
    events: list[dict[str, str]] = []


class Affected(Struct, frozen=True):
    """Which versions of one package are affected."""

    package: Package = Package()
    ranges: list[Range] = []
    versions: list[str] = []
    ecosystem_specific: dict[str, Any] | None = None
    database_specific: dict[str, Any] | None = None


class Score(Struct, frozen=True):
    """A CVSS vector, and which version of CVSS it is written in."""

    type: str = ""
    score: str = ""


class Advisory(Struct, frozen=True):
    """One OSV record, as far as matching needs it."""

    id: str
    modified: str = ""
    withdrawn: str | None = None
    aliases: list[str] = []
    summary: str = ""
    details: str = ""
    affected: list[Affected] = []
    severity: list[Score] = []
    database_specific: dict[str, Any] | None = None

    def names(self) -> set[str]:
        """The PyPI packages that it is about, normalised."""
        return {
            normalised(own.package.name)
            for own in self.affected
            if own.package.ecosystem.partition(":")[0] == "PyPI"
        }


class Dump(Struct):
    """The advisories about some packages, and what the whole dump is like."""

    advisories: dict[str, list[Advisory]] = field(default_factory=dict)
    records: int = 0
    unreadable: int = 0
    newest: str = ""


class NoDump(Exception):
    """There is no advisory dump at the place given, or it cannot be read as one."""


def normalised(name: str) -> str:
    """A package name in the one spelling that PEP 503 gives it.

    >>> normalised("Zope.Interface"), normalised("typing__extensions")
    ('zope-interface', 'typing-extensions')
    """
    return _NAME.sub("-", name).lower()


def load(place: Path, names: set[str]) -> Dump:
    """The advisories of a dump that concern any of these normalised names; NoDump where it is none."""
    found = Dump()
    decoder = msgspec.json.Decoder(Advisory)
    try:
        for record in _records(place):
            _take(found, record, decoder, names)
    except (OSError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise NoDump(f"{place.name} is no dump that can be read: {error}") from None
    if not found.records:
        raise NoDump(f"{place.name} holds no advisory in the OSV format")
    return found


def _take(
    found: Dump, record: bytes | None, decoder: msgspec.json.Decoder[Advisory], names: set[str]
) -> None:
    try:
        own = decoder.decode(record or b"")
    except msgspec.DecodeError:
        found.unreadable += 1
        return
    found.records += 1
    found.newest = max(found.newest, own.modified[:10])
    if own.withdrawn is None:
        for name in own.names() & names:
            found.advisories.setdefault(name, []).append(own)


def _records(place: Path) -> Iterator[bytes | None]:
    """Each record's bytes; None for one that is too long."""
    if place.is_dir():
        for file in sorted(place.rglob("*.json")):
            if file.is_file() and not file.is_symlink():
                yield file.read_bytes() if file.stat().st_size <= MOST_RECORD else None
    elif zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_DUMP:
                raise NoDump(f"{place.name} is larger than {MOST_DUMP >> 20} MB when unpacked")
            for entry in archive.infolist():
                if entry.filename.endswith(".json"):
                    yield archive.read(entry) if entry.file_size <= MOST_RECORD else None
    else:
        yield from _listed(_unzipped(place))


def _unzipped(place: Path) -> bytes:
    if not place.name.endswith(".gz"):
        return place.read_bytes()
    with gzip.open(place) as file:
        data = file.read(MOST_DUMP + 1)
    if len(data) > MOST_DUMP:
        raise NoDump(f"{place.name} is larger than {MOST_DUMP >> 20} MB when unpacked")
    return data


def _listed(data: bytes) -> Iterator[bytes]:
    """The records of one JSON text: a list, one object, or one object on each line."""
    if data.lstrip()[:1] == b"[":
        yield from (bytes(own) for own in msgspec.json.decode(data, type=list[msgspec.Raw]))
        return
    try:
        yield bytes(msgspec.json.decode(data, type=msgspec.Raw))
    except msgspec.DecodeError:
        yield from (line for line in data.splitlines() if line.strip())
