"""docs/features.md tells of every feature, says how far it is, and points at what shows it."""

import collections
import re

import pytest

from infra import cli

COUNTS = {
    "T": 14, "E": 8, "A": 15, "W": 9, "M": 4, "R": 6, "N": 8,
    "C": 4, "P": 6, "X": 4, "S": 7, "H": 4, "D": 11, "O": 5,
}  # fmt: skip
"""How many features each group has; they are numbered from 1."""
IDS = [f"{group}{number}" for group, most in COUNTS.items() for number in range(1, most + 1)]
STATES = ("done", "partly", "not yet")
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \|(.*?)\|(.*?)\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def features(root):
    """The rows: id, feature, state, what is there, what shows it."""
    found = ROW.findall((root / "docs" / "features.md").read_text())
    return [
        (id, name, state, what.strip(), re.findall(r"`([^`]+)`", shown))
        for id, name, state, what, shown in found
    ]


def exists(root, shown):
    """Whether a path, a test in a file, a recipe or a command of ours is there."""
    program, _, rest = shown.partition(" ")
    if program == "revo":
        return rest.split()[0] in cli.COMMANDS
    if program == "just":
        return (
            re.search(rf"^{rest.split()[0]}\b.*:", (root / "justfile").read_text(), re.MULTILINE) is not None
        )
    if program == "python3":
        return (root / rest.split()[0]).is_file()
    path, _, test = shown.partition("::")
    return (root / path).is_file() and (not test or f"def {test}(" in (root / path).read_text())


def test_every_feature_has_one_row_in_order(features):
    assert [row[0] for row in features] == IDS


def test_every_state_is_one_of_three_and_counted_at_the_top(root, features):
    assert {row[2] for row in features} <= set(STATES)
    count = collections.Counter(row[2] for row in features)
    said = ", ".join(f"{count[state]} {state}" for state in STATES)
    assert said in (root / "docs" / "features.md").read_text(), f"the count at the top must be: {said}"


def test_what_is_there_is_shown_and_what_is_missing_is_said(features):
    assert [row[0] for row in features if row[2] != "not yet" and not row[4]] == [], "nothing shows these"
    assert [row[0] for row in features if row[2] == "partly" and not row[3]] == [], "what is missing there?"
    assert [row[0] for row in features if row[2] == "not yet" and row[4]] == [], "shown, though not there"


def test_whatever_is_named_exists(root, features):
    wrong = [(row[0], shown) for row in features for shown in row[4] if not exists(root, shown)]
    assert wrong == []


@pytest.mark.parametrize(
    "shown",
    ["revo nothing", "just nothing", "tests/nothing.py", "tests/house/test_features.py::test_nothing"],
)
def test_a_name_that_leads_nowhere_is_noticed(root, shown):
    assert not exists(root, shown)
