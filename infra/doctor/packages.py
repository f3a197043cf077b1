"""Python, what is installed in it, and whose names those are."""

import importlib.metadata
import sys
from pathlib import Path

from infra.doctor.check import Check
from infra.version import version

OURS = ("subjects", "functions", "gateway", "analytics", "infra")


def interpreter() -> Check:
    """Which Python this is."""
    found = f"{sys.version.split()[0]} at {sys.executable}; revoagent {version()}"
    if sys.version_info < (3, 11):  # noqa: UP036 - an environment can be changed under an installed package
        return Check("bad", "python", found, "install Python 3.11 or newer")
    return Check("ok", "python", found)


def installed() -> list[Check]:
    """Whether what we stand on is there, in the versions that were tested."""
    try:
        wanted = importlib.metadata.requires("revoagent") or []
    except importlib.metadata.PackageNotFoundError:
        return [
            Check("warn", "packages", "revoagent runs from its sources", "python3 infra/bootstrap.py install")
        ]
    missing, other, optional = [], [], []
    for line in wanted:
        requirement, _, marker = line.partition(";")
        name = requirement.split("[")[0].split("<")[0].split(">")[0].split("=")[0].split("~")[0].strip()
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if not marker:
                missing.append(name)
            elif 'extra == "agents"' in marker.replace("'", '"'):
                optional.append(name)
            continue
        pinned = requirement.partition("==")[2].strip()
        if pinned and installed != pinned:
            other.append(f"{name} {installed} instead of {pinned}")
    again = "install again: python3 infra/bootstrap.py install, or pip install revoagent"
    found = [Check("bad", "packages", f"missing: {', '.join(missing)}", again)] if missing else []
    found += [Check("warn", "packages", text, again) for text in other]
    if optional:
        tools = "the reviews that need them say so; pip install 'revoagent[agents]'"
        found.append(Check("warn", "packages", f"without {', '.join(optional)}", tools))
    return found or [Check("ok", "packages", "all there, in the versions that were tested")]


def intruders() -> list[Check]:
    """Whoever else calls a package like one of ours: one of the two is hidden or overwritten."""
    found = []
    for name, owners in importlib.metadata.packages_distributions().items():
        for other in {owner for owner in owners if name in OURS and owner != "revoagent"}:
            mend = f"pip uninstall {other}, then install revoagent again; or use an environment of its own"
            found.append(Check("bad", "names", f"the package {name} comes from {other} too", mend))
    tree = Path(__file__).resolve().parents[2]
    for name in OURS:
        module = sys.modules.get(name)
        place = (
            Path(module.__file__).resolve().parent.parent if module is not None and module.__file__ else tree
        )
        if place != tree:
            mend = f"rename {place / name}, or start revo from another directory"
            found.append(Check("bad", "names", f"{name} is imported from {place}, not from {tree}", mend))
    return found or [Check("ok", "names", "nobody else uses the names of our packages")]
