"""Known vulnerabilities are found where they are, and never denied where nobody looked."""

import zipfile

import pytest

from subjects.errors import ForbiddenPath, NotFound


@pytest.fixture
def told(host, samples):
    host.advisories = samples / "advisories"
    return host


async def test_planted_pins_are_found_with_their_fix(told):
    report = await told.call("security.dependencies", {"path": "planted"})
    found = {own.rule: own for own in report.findings}
    assert report.status == "ok"
    sandbox_escape = found["CVE-2019-10906"]
    assert (sandbox_escape.severity, sandbox_escape.file, sandbox_escape.line) == (
        "high",
        "requirements.txt",
        2,
    )
    assert sandbox_escape.fix == "upgrade to jinja2==2.10.1 or later"
    assert "GHSA-462w-v97r-4m45, PYSEC-2019-217" in sandbox_escape.message
    assert {"CVE-2020-28493", "CVE-2019-11324", "CVE-2023-45803", "CVE-2018-18074"} <= set(found)
    assert found["CVE-2023-45803"].fix == "upgrade to urllib3==1.26.18 or later"
    assert "is one letter away from requests" in found["lookalike-name"].message
    assert "the advisory dump is old: nothing newer than 2023-10-25 can be known" in report.notes


async def test_without_a_dump_nothing_is_said_to_be_safe(host):
    report = await host.call("security.dependencies", {"path": "planted"})
    assert report.status == "partial"
    osv = next(tool for tool in report.tools if tool.name == "osv")
    assert osv.status == "missing"
    assert "REVOAGENT_ADVISORIES" in osv.reason
    assert report.summary.endswith("known vulnerabilities: not looked for")


async def test_a_dump_may_come_from_a_path_or_as_an_artifact(host, samples, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in (samples / "advisories").glob("*.json"):
            archive.write(file, file.name)
    kept = await host.artifacts.put("all.zip", (tmp_path / "all.zip").read_bytes())
    for place in (kept.ref, str(tmp_path / "all.zip"), str(samples / "advisories")):
        report = await host.call("security.dependencies", {"path": "planted", "advisories": place})
        assert "CVE-2018-18074" in {own.rule for own in report.findings}


async def test_a_dump_outside_the_roots_is_refused(host):
    with pytest.raises(ForbiddenPath):
        await host.call("security.dependencies", {"path": "planted", "advisories": "/etc/passwd"})
    with pytest.raises(NotFound):
        await host.call("security.dependencies", {"path": "planted", "advisories": "planted/none.zip"})


async def test_a_broken_dump_makes_the_report_partial(host, tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    report = await host.call(
        "security.dependencies", {"path": "planted", "advisories": str(tmp_path / "bad.zip")}
    )
    assert (report.status, [own.status for own in report.tools]) == ("partial", ["ran", "failed"])


async def test_a_project_without_dependencies_is_clean(told, tmp_path):
    report = await told.call("security.dependencies", {"path": str(tmp_path)})
    assert (report.status, report.findings) == ("ok", [])
    assert "no file that was read names a package" in report.notes


async def test_a_setup_script_alone_leaves_the_answer_open(told, tmp_path):
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\nsetup(install_requires=['jinja2==2.10'])\n"
    )
    report = await told.call("security.dependencies", {"path": str(tmp_path)})
    assert [own.status for own in report.tools] == ["unknown", "skipped"]
    assert report.status == "partial"


async def test_a_file_that_cannot_be_read_is_named(told, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[[[")
    report = await told.call("security.dependencies", {"path": str(tmp_path)})
    assert report.status == "partial"
    assert any("pyproject.toml" in note for note in report.notes)
