"""Projects are built, released, switched to and switched back; what hostile ones do stays in the sandbox."""

import gzip
import io
import json
import os
import shutil
import tarfile

import pytest

from functions.adapters.deployments import LocalDeployments
from subjects.errors import Conflict, Forbidden, InvalidInput, NotFound

SERVICE = {"name": "tidy", "version": "1.0", "command": ["python", "-m", "tidy"]}


@pytest.fixture(params=["bwrap"])
async def sandbox(bwrap):
    return bwrap


@pytest.fixture
def project(tmp_path, host):
    place = tmp_path / "tidy"
    shutil.copytree(os.path.join(os.path.dirname(__file__), "../samples/clean"), place)  # noqa: PTH118, PTH120
    (place / "CHANGELOG.md").write_text("# Changes\n\n## 1.0\n\n- tidier\n\n## 0.9\n\n- tidy\n")
    return place


def verdicts(found):
    return {check.name: check.verdict for check in found.checks}


async def test_a_project_is_built_twice_alike_and_told_of_in_full(host):
    found = await host.call("deploy.build", {"path": "clean"})
    assert (found.status, found.findings, found.name, found.version) == ("ok", [], "tidy", "1.0")
    assert [(own.kind, own.reproducible) for own in found.distributions] == [("wheel", True), ("sdist", True)]
    assert "tidy/words.py" in found.distributions[0].files
    kept = {own.name: host.kept[own.sha256] for own in found.artifacts}
    assert found.distributions[0].sha256 in kept["dist/SHA256SUMS"].decode()
    sbom = json.loads(kept["dist/sbom.cdx.json"])
    assert sbom["metadata"]["component"]["purl"] == "pkg:pypi/tidy@1.0"


async def test_without_a_pyproject_it_says_why_not(host):
    with pytest.raises(InvalidInput, match=r"planted has no pyproject\.toml"):
        await host.call("deploy.build", {"path": "planted"})


@pytest.mark.parametrize(
    "text", ["[project", "project = 1", "[build-system]\nrequires = [1]", "a = '\ud800'"]
)
async def test_a_pyproject_that_cannot_be_read_is_wrong_input(host, tmp_path, text):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InvalidInput, match=r"pyproject\.toml"):
        await host.call("deploy.build", {"path": "odd"})


async def test_a_back_end_that_is_not_there_is_missing_and_nothing_is_fetched(host, tmp_path):
    (tmp_path / "flit").mkdir()
    (tmp_path / "flit" / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["flit_core>=99"]\nbuild-backend = "flit_core.buildapi"\n'
    )
    found = await host.call("deploy.build", {"path": "flit"})
    assert found.status == "failed"
    assert (found.tools[0].status, found.tools[0].reason) == (
        "missing",
        'not installed: pip install "flit_core>=99"',
    )


HOSTILE = """
import os, socket, pathlib
def tried(call):
    try:
        call()
        return "DONE"
    except BaseException as error:
        return type(error).__name__
def build_sdist(folder, settings=None):
    os.symlink("/etc/passwd", os.path.join(folder, "evil-1.tar.gz"))
    return "evil-1.tar.gz"
def build_wheel(folder, settings=None, metadata=None):
    said = [
        tried(lambda: socket.create_connection(("127.0.0.1", PORT), 2)),
        tried(lambda: pathlib.Path("OUTSIDE").write_text("x")),
        tried(lambda: pathlib.Path("/usr/evil").write_text("x")),
    ]
    pathlib.Path(folder, "evil-1-py3-none-any.whl").write_text(" ".join(said))
    while FOREVER:
        os.fork()
    return "evil-1-py3-none-any.whl"
"""


@pytest.mark.parametrize("forever", [False, True], ids=["quiet", "forks"])
async def test_a_hostile_back_end_reaches_nothing(host, tmp_path, forever):
    import asyncio

    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    place = tmp_path / "evil"
    place.mkdir()
    (place / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    )
    outside = tmp_path / "outside"
    text = (
        HOSTILE.replace("PORT", str(port)).replace("OUTSIDE", str(outside)).replace("FOREVER", str(forever))
    )
    (place / "own.py").write_text(text)
    found = await host.call("deploy.build", {"path": "evil", "seconds": 2})
    server.close()
    assert not outside.exists()
    if forever:
        assert found.status == "failed"
    else:
        wheel = next(host.kept[own.sha256] for own in found.artifacts if own.name.endswith(".whl"))
        assert b"DONE" not in wheel
        assert len(wheel.split()) == 3
        assert [own.name for own in found.distributions] == ["evil-1-py3-none-any.whl"]
        assert "no-metadata" in {finding.rule for finding in found.findings}


def commit(place, *tags):
    import subprocess

    own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "Make it tidy"],
        *(["tag", tag] for tag in tags),
    ):
        subprocess.run(["git", *own, *words], cwd=place, check=True)


async def test_a_plan_changes_nothing_and_says_what_is_not_right(host, project):
    (project / ".gitattributes").write_text("* filter=x\n")
    commit(project, "v1.0")
    (project / "new.txt").write_text("x")
    hooks = project / ".git" / "hooks" / "evil"
    hooks.write_text(f"#!/bin/sh\ntouch {project}/ran\n")
    hooks.chmod(0o755)
    (project / ".git" / "config").write_text(
        f'[core]\nrepositoryformatversion = 0\nfsmonitor = {hooks}\n[filter "x"]\nclean = {hooks}\n'
    )
    (project / "CHANGELOG.md").touch()
    found = await host.call("deploy.release", {"path": "tidy", "version": "1.0"})
    assert verdicts(found) == {
        "build": "pass", "version": "pass", "changelog": "pass", "clean tree": "fail", "tag": "fail",
    }  # fmt: skip
    assert (found.status, found.applied, found.release_notes) == ("failed", None, "- tidier")
    assert not (project / "ran").exists()


async def test_a_release_is_bundled_applied_and_rolled_back(host, project, tmp_path):
    commit(project)
    host.deployments = LocalDeployments(tmp_path / "deployed")
    input = {"path": "tidy", "version": "1.0", "service": SERVICE, "apply": True}
    found = await host.call("deploy.release", {**input, "tests": True})
    assert (found.status, set(verdicts(found).values())) == ("ok", {"pass"})
    home = tmp_path / "deployed" / "tidy"
    assert (home / "current" / "site" / "tidy" / "words.py").is_file()
    assert os.access(home / "current" / "run", os.X_OK)
    wheel = next(host.kept[own.sha256] for own in found.artifacts if own.name.endswith(".whl"))
    bundle = next(host.kept[own.sha256] for own in found.artifacts if own.name == "release/tidy-1.0.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(bundle))) as archive:
        assert {"RELEASE_NOTES.md", "SHA256SUMS", "deploy/Dockerfile", "run", "sbom.cdx.json"} <= set(
            archive.getnames()
        )

    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace('version = "1.0"', 'version = "1.1"'))
    (project / "src" / "tidy" / "__init__.py").write_text('"""Broken."""\n\nimport nothing_of_this_name\n')
    (project / "CHANGELOG.md").write_text("## 1.1\n\n- broken\n")
    commit(project)
    broken = await host.call("deploy.release", {**input, "version": "1.1"})
    assert (verdicts(broken)["health"], broken.applied) == ("fail", None)
    assert (await host.deployments.state("tidy")).versions == ["1.0"]
    assert (home / "current").readlink().name == "1.0"

    other = await host.deployments.stage("tidy", "0.9", {"run": b"#!/bin/sh"}, wheel)
    assert (await host.deployments.switch("tidy", "0.9", "t-2")).previous == "1.0"
    back = await host.call("deploy.rollback", {"name": "tidy"})
    assert (back.status, back.applied.current) == ("ok", "1.0")
    (other / "site" / "tidy" / "__init__.py").write_text("import nothing_of_this_name")
    refused = await host.call("deploy.rollback", {"name": "tidy", "version": "0.9"})
    assert (refused.status, refused.applied) == ("failed", None)
    assert len((home / "history.jsonl").read_text().splitlines()) == 3


async def test_without_the_setting_nothing_is_applied(host, project):
    with pytest.raises(Forbidden, match="REVOAGENT_DEPLOY"):
        await host.call(
            "deploy.release", {"path": "tidy", "version": "1.0", "service": SERVICE, "apply": True}
        )
    with pytest.raises(Forbidden, match="REVOAGENT_DEPLOY"):
        await host.call("deploy.rollback", {"name": "tidy"})


async def test_a_release_stays_in_its_directory_and_is_never_changed(tmp_path):
    plain = io.BytesIO()
    import zipfile

    with zipfile.ZipFile(plain, "w") as wheel:
        wheel.writestr("a/__init__.py", "")
    own = LocalDeployments(tmp_path / "deployed")
    await own.stage("a", "1", {"run": b"#!x"}, plain.getvalue())
    with pytest.raises(Conflict):
        await own.stage("a", "1", {"run": b"#!y"}, plain.getvalue())
    for name, version in (("../a", "1"), ("a", "../1"), ("a", ".."), ("a/b", "1"), ("", "1")):
        with pytest.raises(InvalidInput):
            await own.stage(name, version, {}, plain.getvalue())
    for file in ("../x", "/x", "site/x"):
        with pytest.raises(InvalidInput):
            await own.stage("a", "2", {file: b""}, plain.getvalue())
    with pytest.raises(NotFound):
        await own.switch("a", "2", "t-1")
    await own.switch("a", "1", "t-1")
    with pytest.raises(Conflict):
        await own.discard("a", "1")
    assert sorted(path.name for path in (tmp_path / "deployed").iterdir()) == ["a"]
    assert (await own.state("a")).versions == ["1"]
