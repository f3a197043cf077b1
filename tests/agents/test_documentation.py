"""The reference and the changelog, over real packages and real git."""

import subprocess

import msgspec
import pytest

from subjects.errors import InvalidInput, NotFound, SandboxUnavailable

HARD = '''"""Hard."""


def hard(a, b):
    """Do."""
    for x in a:
        if x and b:
            while b:
                b -= 1
'''


def git(directory, *words):
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", *words],
        cwd=directory, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    """Two commits and a tag: the second one takes a parameter away."""
    place = tmp_path / "repo"
    (place / "shop").mkdir(parents=True)
    (place / "shop" / "__init__.py").write_text(
        '"""Shop."""\n\n\ndef sell(item, count=1):\n    """Sell."""\n'
    )
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "feat: sell things (#1)")
    git(place, "tag", "v1.0")
    (place / "shop" / "__init__.py").write_text('"""Shop."""\n\n\ndef sell(item):\n    """Sell."""\n')
    git(place, "commit", "-qam", "feat(shop)!: sell one at a time\n\nCloses #2")
    return place


async def test_the_reference_of_the_planted_project_stands_in_an_artifact(host, planted):
    report = await host.call("documentation.reference", {"path": str(planted)})
    kept = {own.name: await host.artifacts.get(own.ref) for own in report.artifacts}
    assert sorted(kept) == ["interface.json", "reference.md"]
    assert b"## `shop.orders`" in kept["reference.md"]
    assert "shop.bare" in {own["path"] for own in msgspec.json.decode(kept["interface.json"])}
    assert [(own.name, own.status) for own in report.tools] == [("griffe", "ran")]


async def test_the_clean_project_has_a_reference_and_no_finding(host):
    report = await host.call("documentation.reference", {"path": "clean", "split": True})
    assert (report.status, report.findings) == ("ok", [])
    assert "reference/tidy.words.md" in {own.name for own in report.artifacts}


async def test_nothing_of_the_project_runs(host, tmp_path):
    place = tmp_path / "mine" / "pkg"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text('"""P."""\nraise SystemExit("it ran")\n')
    (place / "half.py").write_text("def broken(:\n")
    (place / "zero.py").write_bytes(b"\0\1\2" * 100)
    report = await host.call("documentation.reference", {"path": str(tmp_path / "mine")})
    assert report.status == "ok"
    assert report.metrics["packages"] == ["pkg"]


async def test_a_project_without_a_package_is_no_error(host, tmp_path):
    (tmp_path / "none").mkdir()
    report = await host.call("documentation.reference", {"path": "none"})
    assert (report.summary, report.artifacts) == ("no Python package found", [])


async def test_a_parameter_that_is_gone_since_the_tag_is_found_by_file_and_line(host, repository):
    input = {"path": str(repository), "against": {"revision": "v1.0"}}
    if host.sandbox.level != "bwrap":
        with pytest.raises(SandboxUnavailable):
            await host.call("documentation.reference", input)
        return
    report = await host.call("documentation.reference", input)
    (finding,) = report.findings
    assert (finding.rule, finding.file, finding.line) == ("breaking-parameter-removed", "shop/__init__.py", 4)
    assert "shop.sell" in finding.message


async def test_the_changelog_says_what_broke_since_the_last_tag(host, repository):
    if host.sandbox.level != "bwrap":
        with pytest.raises(SandboxUnavailable):
            await host.call("documentation.changelog", {"path": str(repository)})
        return
    answer = await host.call("documentation.changelog", {"path": str(repository), "version": "2.0"})
    assert answer.metrics["since"] == "v1.0"
    (entry,) = answer.entries
    assert (entry.section, entry.scope, entry.text, entry.numbers) == (
        "Breaking", "shop", "Sell one at a time", ["#2"],
    )  # fmt: skip
    assert "### Breaking\n\n- **shop:** Sell one at a time (#2)" in answer.markdown
    below = await host.call("documentation.changelog", {"path": str(repository / "shop"), "until": "v1.0"})
    assert [own.numbers for own in below.entries] == [["#1"]]


async def test_no_repository_no_revision_and_a_git_file_that_leads_away_are_told(host, repository, tmp_path):
    with pytest.raises(NotFound, match="no git repository"):
        await host.call("documentation.changelog", {"path": "clean"})
    if host.sandbox.level == "bwrap":
        with pytest.raises(NotFound, match="no revision"):
            await host.call("documentation.changelog", {"path": str(repository), "since": "v9"})
    with pytest.raises(InvalidInput):
        await host.call("documentation.changelog", {"path": str(repository), "since": "--output=/tmp/x"})
    away = tmp_path / "away"
    away.mkdir()
    (away / ".git").write_text(f"gitdir: {repository}/.git\n")
    with pytest.raises(InvalidInput, match="leads elsewhere"):
        await host.call("documentation.changelog", {"path": str(away)})


async def test_layers_that_are_broken_and_files_often_changed_are_told(host, repository):
    (repository / "shop" / "web.py").write_text('"""Web."""\n\nfrom shop import db\n')
    (repository / "shop" / "db.py").write_text('"""Store."""\n\nfrom shop import web\n')
    (repository / "shop" / "hard.py").write_text(HARD)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Add doors")
    (repository / "shop" / "hard.py").write_text(f"{HARD}\n\nX = 1\n")
    git(repository, "commit", "-qam", "Say X")
    input = {"path": str(repository), "layers": ["shop.web", "shop.db", "shop.gone"], "record": True}
    report = await host.call("architecture_advisor.analyse", input)
    assert ("layer-violation", "shop/db.py", 3) in {(own.rule, own.file, own.line) for own in report.findings}
    assert any("shop.gone" in note for note in report.notes)
    assert [own.name for own in report.artifacts] == ["decision.md"]
    assert report.status == "ok"
    known = [(own["file"], own["commits"]) for own in report.metrics["churn"]]
    assert known == ([("shop/hard.py", 2)] if host.sandbox.level == "bwrap" else [])
