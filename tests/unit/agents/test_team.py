"""What a review makes of views that differ, and of what it remembers."""

from datetime import UTC, datetime

import msgspec

from functions.engines.conflicts import disagreements, overruled
from functions.engines.recollection import Acceptance, Known, Remembered, Since, compared, still_accepted
from functions.engines.reviews import Answer, Part, SandboxUsed, Stand, put_together
from functions.findings import Finding, Report
from functions.sources import Sources

THEN = datetime(2026, 1, 1, tzinfo=UTC)
SQL = Finding("bandit", "B608", "high", "low", "a.py", 3, "injection", "1" * 32, cwe="CWE-89")
CALM = Finding("reader", "sql", "low", "high", "a.py", 3, "a constant", "2" * 32, cwe="CWE-89")
OTHER = Finding("reader", "x", "info", "high", "b.py", 1, "something else", "3" * 32)


def review(findings, before=None):
    report = Report("ok", "", findings)
    part = Part("scan", "security.scan", "ok", "", 1.0)
    stand = Stand(
        "shop", Sources((), ()), [Answer(part, report)], before or Remembered(), SandboxUsed("bwrap", ""), 1.0
    )
    return put_together(stand).review


def test_tools_that_agree_are_no_conflict():
    assert disagreements([SQL, msgspec.structs.replace(CALM, severity="high"), OTHER]) == []
    assert disagreements([SQL, msgspec.structs.replace(CALM, line=4)]) == []
    assert disagreements([SQL, msgspec.structs.replace(SQL, severity="low", rule="B609")]) == []


def test_tools_that_disagree_are_listed_and_the_worst_counts():
    made = review([CALM, SQL, OTHER])
    [conflict] = made.conflicts
    assert (conflict.file, conflict.line, conflict.about, conflict.kept) == ("a.py", 3, "CWE-89", "high")
    assert [(view.who, view.says) for view in conflict.views] == [
        ("bandit B608", "high"),
        ("reader sql", "low"),
    ]
    assert [(own.severity, own.agreed) for own in made.findings] == [("high", ["reader"]), ("info", [])]


def test_what_somebody_accepted_is_listed_apart_and_not_counted():
    before = Remembered(accepted={SQL.fingerprint: Acceptance(SQL.fingerprint, "a constant query", "high")})
    made = review([SQL, OTHER], before)
    assert made.findings == [OTHER]
    assert made.accepted == [SQL]
    assert made.counts["high"] == 0
    assert "1 finding accepted earlier, not counted" in made.notes


def test_an_accepted_finding_that_became_worse_counts_again_and_is_a_conflict():
    before = Remembered(accepted={SQL.fingerprint: Acceptance(SQL.fingerprint, "a constant query", "low")})
    assert still_accepted(SQL, before) is None
    [conflict] = overruled([SQL], before)
    assert [view.says for view in conflict.views] == ["accepted as low", "high"]
    assert review([SQL], before).findings == [SQL]


def test_a_review_says_what_is_new_and_what_is_gone():
    gone = Known("high", "old.py", 1, "bandit B101", "gone by now")
    before = Remembered(THEN, {"9" * 32: gone, OTHER.fingerprint: gone})
    assert compared(before, [SQL, OTHER]) == Since(THEN, [SQL.fingerprint], [gone], 1)
    assert compared(Remembered(), [SQL]) is None
