"""Which proposals of a model can be applied at all."""

import pytest

from functions.agents.patching import Edit, Proposal, Refused, applied

FILES = {"a.py": "x = eval(y)\nz = 1\nz = 1\n", "b.py": "b = 2  # nosec\n"}


def test_edits_follow_one_another_and_only_changed_files_come_back():
    edits = [Edit("a.py", "eval(y)", "int(y)"), Edit("a.py", "int(y)", "float(y)")]
    assert applied(Proposal(edits, ""), FILES) == {"a.py": b"x = float(y)\nz = 1\nz = 1\n"}


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit("conftest.py", "a", "b"), "not given"),
        (Edit("../../etc/passwd", "a", "b"), "not given"),
        (Edit("a.py", "nowhere", "b"), "stands 0 times"),
        (Edit("a.py", "z = 1", "z = 2"), "stands 2 times"),
        (Edit("a.py", "", "z = 2"), "stands 0 times"),
        (Edit("a.py", "eval(y)", "eval(y)"), "changes nothing"),
        (Edit("a.py", "eval(y)", "eval(y)  # nosec"), "silences"),
        (Edit("a.py", "eval(y)", "eval(y)  #NOQA: S307"), "silences"),
        (Edit("a.py", "eval(y)", "eval(y)  # kingfisher:ignore"), "silences"),
        (Edit("a.py", "eval(y)", "0" * 100_000), "much longer"),
    ],
)
def test_a_proposal_that_does_not_fit_is_refused_as_a_whole(edit, why):
    fine = Edit("b.py", "b = 2", "b = 3")
    with pytest.raises(Refused, match=why):
        applied(Proposal([edit] if why == "changes nothing" else [fine, edit], ""), FILES)


def test_a_silenced_line_may_be_mended():
    assert applied(Proposal([Edit("b.py", "b = 2  # nosec", "b = 3  # nosec")], ""), FILES)
