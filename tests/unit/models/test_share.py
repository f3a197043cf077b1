"""How many answers may come from elsewhere, for any number of questions."""

import random

import pytest

from functions.adapters.models.share import LocalShare


@pytest.mark.parametrize(
    ("target", "window", "most"), [(0.95, 100, 5), (0.9, 10, 1), (1.0, 50, 0), (0.0, 7, 7)]
)
def test_of_any_window_of_answers_no_more_come_from_elsewhere_than_the_target_leaves(target, window, most):
    share, chance, answers = LocalShare(target, window), random.Random(7), []
    for _ in range(1000):
        local = chance.random() < 0.3 or not share.admits()
        share.answered(local=local)
        answers.append(not local)
    windows = [sum(answers[start : start + window]) for start in range(len(answers) - window + 1)]
    assert max(windows) == most


def test_questions_that_are_under_way_count_until_they_end():
    share = LocalShare(0.5, 4)
    with share.asking(local=False), share.asking(local=True):
        assert share.admits()
        with share.asking(local=False):
            assert not share.admits()
        assert share.admits()


def test_without_a_target_anybody_may_be_asked():
    share = LocalShare(None, 3)
    for _ in range(5):
        share.answered(local=False)
    assert share.admits()
