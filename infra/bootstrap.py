"""One command on a bare machine: Python with pip and venv is all that it needs.

    python3 infra/bootstrap.py demo       installs, then runs `revo demo`; any command of revo
    python3 infra/bootstrap.py test       installs what the tests need, then runs pytest
    python3 infra/bootstrap.py dashboard  builds the page, with Node from its wheel where there is none
    python3 infra/bootstrap.py install    installs for running, tests and checks, and runs nothing

What is installed stands in requirements/, each version with its hashes, and goes into .venv of this checkout.
The project itself is installed as an editable, so that a changed file counts at the next start without an
installation. A stamp tells what is installed already: a second call takes a fraction of a second.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (this file is what an older Python meets first)
    sys.exit("bootstrap: this is Python {}.{}; reVoAgent needs 3.11 or newer".format(*sys.version_info))

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SERVING = {"demo", "up"}
"""Commands that show the dashboard."""
NO_PAGE = {"--no-dashboard", "--no-gateway", "--help", "--once"}
"""Options without which they do."""
NO_NODE = 3
"""Exit code of infra/dashboard.py where there is nothing that could build."""
SETS = ("run", "test", "dev")
"""What can be installed, each set holding the ones before it at the same versions."""


def main(arguments: list[str]) -> None:
    """Installs what the command needs and becomes the command."""
    first, rest = arguments[0] if arguments else "--help", arguments[1:]
    if first in {"-h", "--help"}:
        print(__doc__)
    elif first == "install":
        install("dev")
    elif first == "test":
        install("test")
        if split(rest):
            page(loud=False)
        os.chdir(ROOT)
        become(str(PYTHON), "-m", "pytest", *split(rest), *rest)
    elif first == "dashboard":
        install("run")
        sys.exit(page(loud=True))
    else:
        install("run")
        if first in SERVING and not NO_PAGE.intersection(rest):
            page(loud=False)
        become(str(VENV / "bin" / "revo"), *arguments)


def page(*, loud: bool) -> int:
    """Builds the dashboard where its sources changed; 0 where it is there. The API works without it."""
    if not (ROOT / "gateway" / "dashboard" / "package.json").exists():
        return 0
    build = [str(PYTHON), "-m", "infra.dashboard"]
    needed = subprocess.run([*build, "--look"], cwd=ROOT, check=False).returncode
    if needed == NO_NODE:
        with step("installing Node from its wheel, to build the dashboard"):
            pip("install", "--require-hashes", "--requirement", str(pins("node")))
    code = 0
    if needed:
        with step("building the dashboard"):
            code = subprocess.run([*build, "--quiet"], cwd=ROOT, check=False).returncode
    elif loud:
        print("the dashboard is up to date")
    if code:
        print("    it could not be built: going on without it, the API works all the same", flush=True)
    return code


def split(arguments: list[str]) -> list[str]:
    """Options that run the whole suite on two cores; a part of it that is named runs in one process."""
    whole = all(word.startswith("-") for word in arguments)
    return ["--numprocesses=2", "--dist=loadfile"] if whole else []


def install(wanted: str) -> None:
    """Makes .venv hold one of the sets and the project; does nothing where it does already."""
    with one_at_a_time():
        make_venv()
        if stamp(wanted) != digest(pins(wanted)):
            count = sum("==" in line for line in pins(wanted).read_text().splitlines())
            with step(f"installing {count} packages of requirements/{wanted}.txt"):
                forget(SETS)
                pip("install", "--require-hashes", "--requirement", str(pins(wanted)))
                for name in SETS[: SETS.index(wanted) + 1]:
                    remember(name, digest(pins(name)))
        if stamp("project") != project_digest():
            with step("installing revoagent from this checkout"):
                forget(["project"])
                pip("install", "--no-build-isolation", "--no-deps", "--editable", str(ROOT))
                remember("project", project_digest())


def make_venv() -> None:
    """A .venv with pip and a new enough Python; an existing one is kept, or refused with a reason."""
    if not VENV.exists():
        with step(f"making .venv with Python {sys.version.split()[0]}"):
            try:
                venv.create(VENV, symlinks=True, with_pip=True, prompt="revoagent")
            except subprocess.CalledProcessError:
                shutil.rmtree(VENV)
                stop("this Python cannot make a venv with pip; on Debian: apt-get install python3-venv")
    elif not stamp("project"):
        probe = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
        if not PYTHON.exists() or subprocess.run([PYTHON, "-c", probe], check=False).returncode:
            stop(f"{VENV} needs a Python of 3.11 or newer with pip; remove that folder and call this again")
    if not PYTHON.exists():
        stop(f"the Python that {VENV} was made with is gone; remove that folder and call this again")


def pins(name: str) -> Path:
    """The file with the versions and hashes of a set."""
    return ROOT / "requirements" / f"{name}.txt"


def digest(path: Path) -> str:
    """The fingerprint of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def project_digest() -> str:
    """Changes with the metadata of the project and its place; the sources are read where they are."""
    return f"{digest(ROOT / 'pyproject.toml')} {ROOT}"


def stamp(name: str) -> str:
    """The fingerprint of what was installed last under this name, or nothing."""
    path = VENV / f"installed-{name}"
    return path.read_text() if path.exists() else ""


def remember(name: str, fingerprint: str) -> None:
    """Tells the next call what is installed; written last, so that an interrupted one is done again."""
    (VENV / f"installed-{name}").write_text(fingerprint)


def forget(names: Iterable[str]) -> None:
    """Makes the next call install again, should this one not come to its end."""
    for name in names:
        (VENV / f"installed-{name}").unlink(missing_ok=True)


def pip(*arguments: str) -> None:
    """Runs pip of .venv as this machine configures it; stops with pip's own words where it fails."""
    command = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    code = subprocess.run(command, check=False).returncode
    if code:
        stop(f"pip failed with code {code}; what it says stands above. Nothing was started.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two calls at once install one after the other."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Tells what is being done and how long it took."""
    began = time.monotonic()
    print(f"{what} ...", flush=True)
    yield
    print(f"    done in {time.monotonic() - began:.1f} s", flush=True)


def become(program: str, *arguments: str) -> None:
    """Turns this process into the program, with the tools of .venv on its PATH."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    environment["PATH"] = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    os.execve(program, [program, *arguments], environment)


def stop(reason: str) -> None:
    """Ends with the reason, and a code that scripts can see."""
    sys.exit(f"bootstrap: {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
