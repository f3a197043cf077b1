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
