"""Risks in how a project names its dependencies: known flaws, sources that can change, names that mislead."""

from collections import Counter
from collections.abc import Iterable, Iterator

from functions.agents import affected, pins
from functions.agents.affected import Vulnerability
from functions.agents.osv import Dump
from functions.agents.pins import Option, Pin, Pins
from functions.findings import Finding

POPULAR = frozenset(
    (
        "aiohttp", "beautifulsoup4", "boto3", "botocore", "celery", "certifi", "charset-normalizer",
        "click", "colorama", "coverage", "cryptography", "django", "fastapi", "flask", "gunicorn",
        "httpx", "jinja2", "jsonschema", "keras", "lxml", "markupsafe", "matplotlib", "numpy", "openai",
        "opencv-python", "packaging", "pandas", "paramiko", "pillow", "psutil", "psycopg2", "pydantic",
        "pygments", "pyjwt", "pymongo", "pytest", "python-dateutil", "pyyaml", "redis", "requests",
        "rich", "scikit-learn", "scipy", "selenium", "setuptools", "sqlalchemy", "starlette",
        "tensorflow", "torch", "tornado", "tqdm", "typing-extensions", "urllib3", "uvicorn", "virtualenv",
        "websockets", "werkzeug",
    )
)  # fmt: skip
"""Names that impostors imitate."""
_HONEST = frozenset(
    ("pyaml", "httpx2", "jinja", "requests2", "psycopg", "flask2", "django4", "boto", "panda")
)
"""Packages that only look alike, and names so near that they say nothing."""


def vulnerable(found: Pins, dump: Dump) -> Iterator[Finding]:
    """Every pin with a known flaw, and every range that lets one in."""
    for pin in _once(found.pins):
        for own in affected.of(pin.name, pin.version, dump.advisories.get(pin.name, [])):
            yield _vulnerable(pin, own)
    for pin in pins.unpinned(found.pins):
        for own in affected.allowed(pin.name, pin.specifier, dump.advisories.get(pin.name, [])):
            fix = f"ask for {pin.name}>={own.fixed}" if own.fixed else "no release mends it"
            shown = f"{pin.name}{pin.specifier}" if pin.specifier else f"{pin.name}, in any version,"
            yield Finding(
                "osv", own.id, "low", "low", pin.file, pin.line,
                f"{shown} lets in versions with {_named(own)}: {own.summary}", cwe=own.cwe, fix=fix,
            )  # fmt: skip


def _once(found: Iterable[Pin]) -> list[Pin]:
    """Each package and version once, where it is said most directly."""
    kept: dict[tuple[str, str], Pin] = {}
    for pin in sorted(found, key=lambda own: (own.locked, own.file, own.line)):
        if pin.version:
            kept.setdefault((pin.name, pin.version), pin)
    return list(kept.values())


def _vulnerable(pin: Pin, own: Vulnerability) -> Finding:
    score = f", CVSS {own.score:g}" if own.score is not None else ""
    fix = (
        f"upgrade to {pin.name}=={own.fixed} or later"
        if own.fixed
        else "no release mends it: replace the package"
    )
    return Finding(
        "osv", own.id, own.severity, "high", pin.file, pin.line,
        f"{pin.name} {pin.version} has {_named(own)}{score}: {own.summary}", cwe=own.cwe, fix=fix,
    )  # fmt: skip


def _named(own: Vulnerability) -> str:
    return f"{own.id} ({', '.join(own.aliases)})" if own.aliases else own.id


def risky(found: Pins) -> Iterator[Finding]:
    """What is risky about the names and sources themselves; no database is asked."""
    yield from (finding for option in found.options for finding in _option(option))
    for pin in found.pins:
        yield from _source(pin)
        near = lookalike(pin.name)
        if near and not pin.locked:
            yield Finding(
                "pins", "lookalike-name", "low", "low", pin.file, pin.line,
                f"{pin.name} is one letter away from {near}: is that the one you mean?", cwe="CWE-1357",
            )  # fmt: skip
    for pin in pins.unpinned(found.pins):
        if pin.file.endswith((".txt", ".in")) and not pin.specifier:
            yield Finding(
                "pins", "unpinned-dependency", "info", "high", pin.file, pin.line,
                f"{pin.name} may be installed in any version",
                fix="name a version, or lock them all (uv lock, pip-compile)",
            )  # fmt: skip
    plain = Counter(
        pin.file for pin in found.pins if pin.version and not pin.hashed and pin.file.endswith(".txt")
    )
    for file, count in sorted(plain.items()):
        yield Finding(
            "pins", "no-hashes", "info", "high", file, 0,
            f"{count} version{'s' * (count != 1)} pinned without a hash: an exchanged file goes unnoticed",
            cwe="CWE-494", fix="pip-compile --generate-hashes, or uv pip compile --generate-hashes",
        )  # fmt: skip


def _option(own: Option) -> Iterator[Finding]:
    insecure = own.value.startswith("http://") or own.name == "--trusted-host"
    if own.name == "file":
        return
    if insecure:
        yield Finding(
            "pins", "insecure-index", "medium", "high", own.file, own.line,
            f"{own.name}: packages come unprotected; anyone on the way can put in their own",
            cwe="CWE-319", fix="use https with a certificate that is checked",
        )  # fmt: skip
    elif own.name == "--extra-index-url":
        yield Finding(
            "pins", "second-index", "low", "medium", own.file, own.line,
            "two indexes are equal to pip: a private name can be taken by a stranger on the public one",
            cwe="CWE-427", fix="one index that holds both, or uv with explicit indexes",
        )  # fmt: skip


def _source(pin: Pin) -> Iterator[Finding]:
    shown = pin.name or pin.specifier[:60]
    if not pin.fixed_source:
        yield Finding(
            "pins", "moving-source", "low", "high", pin.file, pin.line,
            f"{shown} comes from a branch or tag of a repository, which may move",
            cwe="CWE-494", fix="name the commit: ...@<40 hex digits>",
        )  # fmt: skip
    if pin.specifier.startswith("http://") and pin.source == "url":
        yield Finding(
            "pins", "insecure-source", "medium", "high", pin.file, pin.line,
            f"{shown} comes over plain http; anyone on the way can put in their own",
            cwe="CWE-319", fix="use https, and a hash",
        )  # fmt: skip


def lookalike(name: str) -> str:
    """The very popular name that is one letter from this one; empty where none is.

    >>> lookalike("reqeusts"), lookalike("requests"), lookalike("httpx2")
    ('requests', '', '')
    """
    if len(name) < 5 or name in POPULAR or name in _HONEST:
        return ""
    return next((known for known in sorted(POPULAR) if len(known) >= 5 and _one_edit(name, known)), "")


def _one_edit(one: str, other: str) -> bool:
    """Whether one insertion, removal, exchange or swap of neighbours makes them equal."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
