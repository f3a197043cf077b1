"""Queries say what they take, and refuse the rest."""

from datetime import datetime

import pytest

from analytics import catalog
from analytics.catalog import Parameter, Query
from subjects import codec, errors

QUERY = Query(
    "example",
    "For this test.",
    (
        Parameter("limit", "int", 10, "Rows."),
        Parameter("hours", "float", 1.0, "Hours."),
        Parameter("text", "text", None, "Text."),
        Parameter("since", "time", None, "From here."),
    ),
    "SELECT $limit, $hours, $text, $since",
)
PAGED = catalog.parse(
    """\
-- name: paged
-- doc: For this test.
-- param: kind all|queue|agent all What it is of.
-- param: before cursor null Before this row.
-- param: after sequence null After this message.
SELECT $kind, $before, $after
""",
    "paged.sql",
)


def test_defaults_stand_in_for_what_is_not_given():
    assert QUERY.bind({}) == {"limit": 10, "hours": 1.0, "text": None, "since": None}
    assert QUERY.bind({"limit": None})["limit"] == 10


def test_values_are_read_as_their_type():
    bound = QUERY.bind({"limit": "7", "hours": 2, "since": "2030-01-01T02:00:00+02:00"})
    assert QUERY.bind({"text": 7})["text"] == "7"
    assert bound == {"limit": 7, "hours": 2.0, "text": None, "since": datetime(2030, 1, 1)}  # noqa: DTZ001


@pytest.mark.parametrize(
    "given",
    [
        {"limit": 1.5},
        {"limit": True},
        {"limit": -1},
        {"limit": 10**9},
        {"limit": [1]},
        {"hours": "nan"},
        {"hours": "inf"},
        {"hours": 1e300},
        {"text": 7.5},
        {"text": True},
        {"since": "yesterday"},
        {"since": 7},
        {"other": 1},
    ],
)
def test_what_is_of_another_type_is_refused(given):
    with pytest.raises(errors.InvalidRequest, match=next(iter(given))):
        QUERY.bind(given)


def test_words_and_places_are_read_as_they_are_told():
    assert PAGED.bind({}) == {"kind": "all", "before": None, "after": None}
    assert PAGED.bind(
        {"kind": "agent", "before": "2030-01-01T02:00:00.5+02:00/a/b", "after": str(2**40)}
    ) == {
        "kind": "agent",
        "before": "2030-01-01T00:00:00.500000/a/b",
        "after": 2**40,
    }
    assert PAGED.bind({"before": "2030-01-01"})["before"] == "2030-01-01T00:00:00"
    # Above 2^53 a number of floating point is another one.
    assert PAGED.bind({"after": 2**53 + 1})["after"] == 2**53 + 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "banana"}, "kind is all, queue or agent, not 'banana'"),
        ({"kind": 7}, "kind is all, queue or agent, not '7'"),
        ({"before": "garbage"}, "before is a time .* `cursor` of an earlier answer, not 'garbage'"),
        ({"before": "/t-1"}, "before is a time"),
        ({"before": 7}, "before is a time"),
        ({"after": "x"}, "after is a whole number, the `stream_seq` of an earlier answer, not 'x'"),
        ({"after": -1}, "after is a whole number"),
        ({"after": 2**63}, "after is a whole number"),
        ({"after": 1.5}, "after is a whole number"),
        ({"after": float("inf")}, "after is a whole number"),
    ],
)
def test_what_is_no_such_word_or_place_is_told_by_its_name(given, said):
    with pytest.raises(errors.InvalidRequest, match=said):
        PAGED.bind(given)


def test_every_file_of_the_folder_is_a_documented_query():
    known = catalog.load().queries
    assert {"tasks", "task", "throughput", "latency", "errors", "functions", "workers", "queues"} <= set(
        known
    )
    for query in known.values():
        assert query.doc.endswith(".")
        for parameter in query.parameters:
            assert parameter.doc.endswith("."), (query.name, parameter.name)
            lengths = {window.hours for window in query.windows}
            used = f"${parameter.name}" in query.sql or parameter.name in lengths
            assert used, (query.name, parameter.name)
        assert query.bind({}, codec.now()) is not None


def test_a_file_under_a_wrong_name_is_noticed():
    with pytest.raises(ValueError, match="named 'a'"):
        catalog.parse("-- name: a\n-- doc: A.\nSELECT 1", "b.sql")


def test_two_queries_of_one_name_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="slowest"):
        catalog.load(Query("slowest", "Another one."))
