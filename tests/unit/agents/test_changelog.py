"""What a commit means for users, and what git must not do with a hostile repository."""

import subprocess

import pytest

from functions.agents import checkout, history
from functions.agents.changelog import entries_of, rendered
from functions.agents.history import Commit, Repository


def commit(message, parents=1):
    return Commit("c0ffee", "2026-11-24T10:00:00+00:00", parents, message)


def only(message, parents=1):
    (entry,) = entries_of([commit(message, parents)])
    return entry


@pytest.mark.parametrize(
    ("message", "section", "text"),
    [
        ("feat: open doors", "Added", "Open doors"),
        ("fix(http): close sockets", "Fixed", "Close sockets"),
        ("feat!: drop Python 3.10", "Breaking", "Drop Python 3.10"),
        ("feat: new door\n\nBREAKING CHANGE: the old one is gone", "Breaking", "New door"),
        ("Say less\n\nBREAKING CHANGE: says less", "Breaking", "Say less"),
        ("chore: tidy up", "Internal", "Tidy up"),
        ("Deprecate the old way", "Deprecated", "Deprecate the old way"),
        ("Remove what nobody uses", "Removed", "Remove what nobody uses"),
        ("Note: this is no kind of commit", "Changed", "Note: this is no kind of commit"),
    ],
)
def test_a_subject_says_its_section(message, section, text):
    entry = only(message)
    assert (entry.section, entry.text) == (section, text)


def test_numbers_of_issues_and_pull_requests_are_kept():
    entry = only("fix: leak (#12)\n\nFixes #7, acme/other#8\nSigned-off-by: A <a@b.c>")
    assert entry.text == "Leak"
    assert entry.numbers == ["#12", "#7", "acme/other#8"]


def test_a_merged_pull_request_counts_by_its_title_and_other_merges_not_at_all():
    assert only("Merge pull request #9 from a/b\n\nAdd a door", parents=2).numbers == ["#9"]
    assert entries_of([commit("Merge branch 'main' into x", parents=2)]) == []


def test_a_change_and_its_revert_are_nothing():
    newest_first = ['Revert "feat: a door"\n\nThis reverts commit c0ffee.', "fix: a leak", "feat: a door"]
    assert [own.text for own in entries_of([commit(own) for own in newest_first])] == ["A leak"]


def test_breaking_changes_stand_first():
    text = rendered(
        entries_of([commit("fix: a"), commit("feat: b"), commit("feat!: c")]), "2.0.0", "2026-01-01"
    )
    assert [line for line in text.splitlines() if line.startswith("###")] == [
        "### Breaking", "### Added", "### Fixed",
    ]  # fmt: skip


def git(directory, *words):
    return subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", *words],
        cwd=directory, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.fixture
def hostile(tmp_path):
    """A repository whose configuration names a program wherever git lets it."""
    place = tmp_path / "hostile"
    place.mkdir()
    git(place, "init", "-q")
    (place / "a.py").write_text("a = 1\n")
    (place / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "Add a")
    (place / "a.py").write_text("a = 2\n")
    git(place, "commit", "-qam", "Change a")
    marker = tmp_path / "ran"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\necho $0 >> {marker}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "diff.external",
        "diff.evil.textconv",
        "diff.evil.command", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process",
        "credential.helper", "uploadpack.packObjectsHook", "pager.log",
    ):  # fmt: skip
        git(place, "config", key, str(program))
    git(place, "config", "log.showSignature", "true")
    git(place, "config", "core.hooksPath", str(tmp_path))
    return place, marker


def test_a_hostile_repository_runs_nothing_though_no_sandbox_holds_it(hostile):
    place, marker = hostile
    repository = Repository(place)
    words = [
        ["log", "-z", "--name-only", "--no-ext-diff", "--no-textconv", f"--format={history.FORMAT}", "HEAD"],
        ["describe", "--tags", "--always"],
        ["rev-parse", "HEAD"],
        ["ls-tree", "-r", "-z", "HEAD"],
    ]  # fmt: skip
    outputs = [
        subprocess.run(
            history.argv(repository, own), env={"PATH": "/usr/bin:/bin", **history.environment()},
            capture_output=True, check=True,
        ).stdout
        for own in words
    ]  # fmt: skip
    assert [own.subject for own in history.read(outputs[0].decode())] == ["Change a", "Add a"]
    assert [path for _, path, _ in checkout.entries(outputs[3])] == [".gitattributes", "a.py"]
    assert not marker.exists()


def test_the_hostile_repository_is_hostile(hostile):
    place, marker = hostile
    subprocess.run(["git", "-C", str(place), "status"], capture_output=True, check=False)
    assert marker.exists()
