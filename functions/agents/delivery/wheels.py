"""What is in a wheel or an sdist, read without unpacking it, and what is wrong with it."""

import email
import email.message
import io
import json
import re
import tarfile
import uuid
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions.agents.delivery.building import Project, digest
from functions.findings import Finding, Severity

MOST_LISTED = 2000
MOST_METADATA = 1 << 20
_ODD = re.compile(r"(^|/)(\.env|\.git|\.venv|id_rsa|.*\.(pem|key|pyc|pyo|sqlite3?|log))(/|$)")
_TESTS = re.compile(r"^(tests?|docs|examples)/")


class Distribution(Struct, frozen=True):
    """A built file. `reproducible`: a second build made the same bytes."""

    name: str
    kind: str
    size: int
    sha256: str
    reproducible: bool
    files: Annotated[list[str], Meta(description="What is in it, up to 2000 names.")]


def distribution(name: str, data: bytes, *, reproducible: bool) -> Distribution:
    """A built file by its name."""
    kind = "wheel" if name.endswith(".whl") else "sdist"
    return Distribution(name, kind, len(data), digest(data), reproducible, contents(name, data))


def contents(name: str, data: bytes) -> list[str]:
    """The names in it; empty where it cannot be read."""
    try:
        if name.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return archive.namelist()[:MOST_LISTED]
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            return [member.name for _, member in zip(range(MOST_LISTED), archive, strict=False)]
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError):
        return []


def metadata(data: bytes) -> email.message.Message | None:
    """METADATA of a wheel; None where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", name):
                    with archive.open(name) as file:
                        return email.message_from_bytes(file.read(MOST_METADATA))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return None
    return None


def judged(project: Project, own: email.message.Message | None, files: list[str]) -> list[Finding]:
    """What is wrong with a wheel, by its metadata and the names in it."""
    if own is None:
        return [_finding("no-metadata", "high", "the wheel has no METADATA that can be read")]
    found: list[Finding] = []
    for header, rule, wanted in (
        ("Name", "name-differs", project.name),
        ("Version", "version-differs", project.version),
    ):
        if wanted and _plain(own[header]) != _plain(wanted):
            found.append(_finding(rule, "high", f"built as {own[header]}, pyproject says {wanted}"))
    for header, rule, message in (
        ("Summary", "no-summary", "no description in a sentence"),
        ("Requires-Python", "no-requires-python", "it does not say which Python it needs"),
    ):
        if not own[header]:
            found.append(_finding(rule, "low", message))
    if not (own["License"] or own["License-Expression"] or own.get_all("License-File")):
        found.append(_finding("no-licence", "medium", "nobody may use it: it names no licence"))
    if not (own.get_payload() or own["Description"]):
        found.append(_finding("no-readme", "low", "it has no readme"))
    odd = [name for name in files if _ODD.search(name)]
    found += [_finding("odd-file", "medium", f"{name} is in the wheel") for name in odd[:20]]
    if any(_TESTS.match(name) for name in files):
        found.append(_finding("tests-in-wheel", "medium", "tests or docs become packages of their own"))
    bad = [name for name in files if name.startswith("/") or ".." in PurePosixPath(name).parts]
    found += [_finding("leads-out", "critical", f"{name[:200]!r} leads out of its place") for name in bad]
    return found


def sbom(own: email.message.Message, wheel: Distribution) -> bytes:
    """What it is made of, as CycloneDX 1.6: the wheel, and what it says that it needs."""
    name, version = str(own["Name"]), str(own["Version"])
    reference = f"pkg:pypi/{_plain(name)}@{version}"
    needs = [_need(text) for text in own.get_all("Requires-Dist") or []]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, wheel.sha256)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": reference,
                "name": name,
                "version": version,
                "purl": reference,
                "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
            }
        },
        "components": list({need["bom-ref"]: need for need in needs}.values()),
        "dependencies": [{"ref": reference, "dependsOn": sorted({need["bom-ref"] for need in needs})}],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _need(text: str) -> dict[str, Any]:
    name = re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]
    reference = f"pkg:pypi/{_plain(name)}"
    said = [{"name": "python:requirement", "value": text[:500]}]
    return {"type": "library", "bom-ref": reference, "name": name, "purl": reference, "properties": said}


def _plain(name: object) -> str:
    return re.sub(r"[-_.]+", "-", str(name or "")).lower()


def _finding(rule: str, severity: Severity, message: str) -> Finding:
    return Finding("build", rule, severity, "high", "pyproject.toml", 0, message)
