"""Proves that the installed wheel is whole: every module imports, and the command starts the stack."""

import importlib
import os
import pkgutil
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

PACKAGES = ("subjects", "functions", "gateway", "analytics", "infra")
FOR_TESTS = {"infra.testing", "infra.pytest_plugin"}
"""These may need pytest, which a user's machine does not have."""
OPTIONAL = {"playwright", "kubernetes_validate"}
"""Packages of the extras `browser` and `k8s`: the programs that need them run in the sandbox, and say so."""


def modules() -> list[str]:
    """The name of every module of the wheel that can be imported without starting anything."""
    found = list(PACKAGES)
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        found += [module.name for module in pkgutil.walk_packages(path, f"{package}.")]
    return [name for name in found if not name.endswith("__main__") and name not in FOR_TESTS]


def main() -> None:
    """Ends with an error where something of the wheel is missing."""
    names = modules()
    for name in names:
        try:
            place = importlib.import_module(name).__file__ or ""
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in OPTIONAL:
                raise
            continue
        if not Path(place).is_relative_to(sys.prefix):
            sys.exit(f"{name} was imported from {place}, not from the wheel")
    if not resources.files("infra").joinpath("nats.conf").is_file():
        sys.exit("nats.conf is not in the wheel")
    page = resources.files("gateway").joinpath("web_dist", "index.html")
    if not page.is_file() and "--no-page" not in sys.argv:
        sys.exit("the dashboard is not in the wheel")
    subprocess.run(["revo", "--help"], check=True, stdout=subprocess.DEVNULL)
    free = {**os.environ, "REVOAGENT_PORT": "0", "REVOAGENT_NATS_PORT": "0"}
    subprocess.run(["revo", "demo", "--once"], check=True, timeout=120, env=free)
    print(f"revoagent {metadata.version('revoagent')}: {len(names)} modules imported, the demo ran")


if __name__ == "__main__":
    main()
