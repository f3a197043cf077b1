"""The review finds what was planted, and nothing where nothing is."""

import importlib
from pathlib import Path

import msgspec
import pytest

from functions.adapters.projects import LocalProjects
from functions.adapters.sandbox import LocalSandbox
from functions.findings import SEVERITIES
from subjects import codec
from subjects.errors import ChildFailed, InvalidInput
from subjects.messages import LogLine, Progress
from tests.agents.conftest import SAMPLES, FakeHost


@pytest.fixture(autouse=True)
def advisories(host):
    """What is known of packages, so that nothing is missing from a review."""
    host.advisories = SAMPLES / "advisories"


def places(report):
    return {(finding.file, finding.rule) for finding in report.findings}


async def test_every_planted_fault_is_in_the_review(host, planted):
    review = await host.call("parallel_mind.review", {"run": False, "path": str(planted), "shard": 3})
    found = places(review)
    assert ("shop/orders.py", "B608-hardcoded_sql_expressions") in found
    assert ("shop/broken.py", "unparsable-file") in found
    assert ("shop/nul.py", "unparsable-file") in found
    assert ("shop/bare.py", "undocumented-class") in found
    assert ("shop/bare.py", "undocumented-function") in found
    assert any(rule == "import-cycle" for _, rule in found)
    secret = next(finding for finding in review.findings if finding.file == "shop/keys.py")
    assert (secret.tool, secret.severity, secret.line, secret.cwe) == ("kingfisher", "high", 3, "CWE-798")
    assert secret.agreed == ["bandit"]
    assert review.status == "ok"
    assert review.metrics.architecture.cycles[0].modules == ["shop.orders", "shop.stock"]
    assert review.sandbox.level == host.sandbox.level


async def test_no_secret_is_repeated(host, planted, token):
    review = await host.call("parallel_mind.review", {"run": False, "path": str(planted)})
    everything = codec.encode(review) + codec.encode(host.told)
    assert token.encode() not in everything
    assert token[4:].encode() not in everything
    assert b"ghp_... (40 characters)" in everything


async def test_a_clean_project_stays_clean(host):
    review = await host.call("parallel_mind.review", {"run": False, "path": "clean"})
    assert (review.findings, review.status, review.project) == ([], "ok", "clean")
    assert set(review.counts.values()) == {0}
    assert review.metrics.documentation.percent == 100
    assert review.metrics.architecture.layers == [["tidy.speech"], ["tidy", "tidy.words"]]


async def test_an_empty_project_is_no_error(host, tmp_path):
    (tmp_path / "empty").mkdir()
    review = await host.call("parallel_mind.review", {"run": False, "path": "empty"})
    assert (review.files, review.findings, review.status) == (0, [], "ok")


async def test_findings_stand_worst_first_and_once(host, planted):
    review = await host.call("parallel_mind.review", {"run": False, "path": str(planted), "shard": 2})
    order = [SEVERITIES.index(finding.severity) for finding in review.findings]
    assert order == sorted(order)
    prints = [finding.fingerprint for finding in review.findings]
    assert len(prints) == len(set(prints))
    assert sum(review.counts.values()) == len(prints)


async def test_fingerprints_stay_when_lines_move(host, planted):
    before = await host.call("security.scan", {"path": str(planted), "checks": ["code"]})
    file = planted / "shop" / "orders.py"
    file.write_text(file.read_text().replace('"""Orders."""\n', '"""Orders."""\n\n# moved\n\n'))
    after = await host.call("security.scan", {"path": str(planted), "checks": ["code"]})
    assert {own.fingerprint for own in before.findings} == {own.fingerprint for own in after.findings}
    assert {own.line for own in before.findings} != {own.line for own in after.findings}


async def test_progress_rises_to_one_and_children_have_fixed_keys(host, planted):
    await host.call("parallel_mind.review", {"run": False, "path": str(planted), "shard": 4})
    told = [event.progress for event in host.told if isinstance(event, Progress)]
    assert told == sorted(told)
    assert told[-1] == 1
    first = [own.id for own in host.submitted]
    host.submitted.clear()
    await host.call("parallel_mind.review", {"run": False, "path": str(planted), "shard": 4})
    assert [own.id for own in host.submitted] == first
    assert "t-1-scan-0" in first
    assert any(isinstance(event, LogLine) for event in host.told)


async def test_a_part_that_fails_makes_the_review_partial_and_is_named(host, planted):
    inner = host.run

    async def run(submission):
        if submission.function == "documentation.coverage":
            raise ChildFailed("its worker burnt down")
        return await inner(submission)

    host.run = run
    review = await host.call("parallel_mind.review", {"run": False, "path": str(planted)})
    assert review.status == "partial"
    failed = [part for part in review.parts if part.status == "failed"]
    assert [(part.key, part.error) for part in failed] == [("documentation", "its worker burnt down")]
    assert review.metrics.documentation.percent is None


async def test_a_tool_that_is_not_installed_makes_the_report_partial(host, planted, monkeypatch):
    from functions.agents import reading

    known = reading.installed
    monkeypatch.setattr(reading, "installed", lambda name: None if name == "kingfisher-bin" else known(name))
    review = await host.call("parallel_mind.review", {"run": False, "path": str(planted)})
    assert review.status == "partial"
    missing = next(tool for tool in review.tools if tool.name == "kingfisher")
    assert missing.status == "missing"
    assert 'pip install "revoagent[agents]"' in missing.reason


async def test_findings_below_the_wanted_severity_are_counted_but_not_listed(host, planted):
    review = await host.call(
        "parallel_mind.review", {"run": False, "path": str(planted), "min_severity": "high"}
    )
    assert {finding.severity for finding in review.findings} == {"high"}
    assert review.counts["low"] > 0
    assert any("below high not listed" in note for note in review.notes)


async def test_files_made_to_break_readers_are_named_and_the_others_still_read(host, tmp_path, token):
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    broken = {
        "chain.py": "x = a" + ".b" * 20_000,
        "minus.py": "x = " + "-" * 20_000 + "1",
        "plus.py": "x = 1" + "+1" * 20_000,
        "elif.py": "if a: pass\n" + "elif b: pass\n" * 3000,
    }
    for name, text in broken.items():
        (hostile / name).write_text(text)
    (hostile / "long.py").write_text("x = '" + "a" * 900_000 + "'\n")
    (hostile / "-rf.py").write_text("eval(input())\n")
    (hostile / "a b'c\".py").write_text("eval(input())\n")
    (hostile / "ä.py").write_text("eval(input())\n")
    (hostile / ".env").write_text(f"T={token}\n")
    review = await host.call("parallel_mind.review", {"run": False, "path": "hostile"})
    found = places(review)
    assert {file for file, rule in found if rule == "unparsable-file"} == set(broken)
    assert {file for file, rule in found if rule == "B307-blacklist"} == {"-rf.py", "a b'c\".py", "ä.py"}
    assert ".env" in {file for file, _ in found}
    assert review.status == "ok"


async def test_half_a_key_and_a_key_by_its_name_are_secrets_and_placeholders_are_none(host, tmp_path):
    key, word = "AKIA" + "Z3MHQ7LNWPXR2D5K", "3f9a8b7c6d5e4f3a" + "2b1c0d9e8f7a6b5c"
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a.py").write_text(
        f'ID = "{key}"\nAPI_KEY = "{word}"\nSECRET_KEY = "change-me-before-production"\n'
        f'api_key = os.environ["SERVICE_API_KEY_NAME_1"]\nclient_secret = "aaaaaaaaaaaaaaaaaaaaaaaa11"\n'
    )
    found = await host.call("security.scan", {"path": "keys"})
    secret = [own for own in found.findings if own.tool == "kingfisher"]
    assert [(own.line, own.severity) for own in secret] == [(1, "high"), (2, "high")]
    assert not any(half in own.message for own in secret for half in (key[4:], word[4:]))


async def test_what_the_code_silences_is_left_out_and_counted(host, tmp_path, token):
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    (quiet / "a.py").write_text(
        f'"""A."""\n\nT = "{token}"  # nosec kingfisher:ignore\neval(input())  # nosec\n'
    )
    review = await host.call("parallel_mind.review", {"run": False, "path": "quiet"})
    assert review.findings == []
    assert "warnings silenced by `# nosec` in the code: 1" in review.notes
    assert "secrets silenced by `kingfisher:ignore` in the file: 1" in review.notes


async def test_only_the_given_files_are_scanned(host, planted):
    report = await host.call(
        "security.scan", {"path": str(planted), "files": ["shop/stock.py", "../../etc/passwd"]}
    )
    assert report.findings == []
    assert any("../../etc/passwd" in note for note in report.notes)


@pytest.mark.parametrize("input", [{}, {"path": ".", "archive": "projects/x"}, {"path": ".", "depth": 3}])
@pytest.mark.parametrize("name", ["parallel_mind.review", "security.scan", "documentation.coverage"])
async def test_wrong_input_is_refused(host, name, input):
    with pytest.raises(InvalidInput):
        await host.call(name, input)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("library", ["litestar", "click", "msgspec"])
async def test_real_libraries_are_reviewed_whole(host_for, library):
    place = Path(importlib.import_module(library).__file__).parent
    review = await host_for(place).call("parallel_mind.review", {"run": False, "path": str(place)})
    assert review.status == "ok"
    assert review.files > 3
    assert all(tool.status in ("ran", "skipped") for tool in review.tools)
    assert len(msgspec.json.encode(review)) < 1_000_000


async def test_a_concurrent_analysis_finds_what_one_scan_finds(host, planted):
    where = {"path": str(planted)}
    whole = await host.call("security.scan", {**where, "checks": ["code"]})
    parts = await host.call(
        "parallel_mind.concurrent_analysis", {**where, "shard": 2, "input": {"checks": ["code"]}}
    )
    assert parts.parts > 1
    assert places(parts) == places(whole) != set()
    assert (parts.status, parts.failures) == (whole.status, [])
    narrow = {**where, "include": ["shop/orders.py"], "input": {"checks": ["code"]}}
    assert {own.file for own in (await host.call("parallel_mind.concurrent_analysis", narrow)).findings} == {
        "shop/orders.py"
    }


@pytest.mark.timeout(90)
async def test_the_whole_team_speaks_of_one_project(bwrap):
    async with LocalProjects((SAMPLES,)) as projects:
        team = FakeHost(bwrap, projects)
        team.advisories = SAMPLES / "advisories"
        planted = await team.call("parallel_mind.review", {"path": "planted", "seconds": 60})
        clean = await team.call("parallel_mind.review", {"path": "clean", "seconds": 60})
    found = places(planted)
    assert ("tests/test_stock.py", "test-failed") in found
    assert ("requirements.txt", "CVE-2019-10906") in found
    assert ("shop/orders.py", "B608-hardcoded_sql_expressions") in found
    assert {part.key for part in planted.parts if part.status == "ok"} >= {"testing", "performance"}
    assert planted.metrics.testing.counts == {"passed": 2, "failed": 1}
    assert 0 < planted.metrics.testing.coverage < 100
    assert planted.metrics.performance.samples > 0
    assert (clean.findings, clean.status, clean.metrics.testing.counts) == ([], "ok", {"passed": 1})


async def test_where_there_is_no_sandbox_what_was_not_run_is_said():
    async with LocalProjects((SAMPLES,)) as projects:
        team = FakeHost(await LocalSandbox.probe("rlimits"), projects)
        review = await team.call("parallel_mind.review", {"path": "planted"})
    assert review.status == "partial"
    assert {part.key for part in review.parts if part.status == "failed"} == {"testing", "performance"}
    assert all("sandbox" in part.error for part in review.parts if part.error)
