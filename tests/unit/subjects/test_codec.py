"""What comes in from outside becomes a value or an error of the table."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects import codec, errors, names

HERE = names.TaskName("q", "high", "f", None)


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", errors.InvalidJson),
        (b"{", errors.InvalidJson),
        (b"{} {}", errors.InvalidJson),
        (b"\xef\xbb\xbf{}", errors.InvalidJson),
        (b'"\xff"', errors.InvalidUtf8),
        (b"[" * 129 + b"]" * 129, errors.TooDeep),
        (b"[" * 100_000, errors.TooDeep),
    ],
)
def test_what_cannot_be_decoded_says_why(payload: bytes, error: type[errors.RevoError]):
    with pytest.raises(error):
        codec.decode(payload)


def test_brackets_in_strings_are_no_depth():
    assert codec.decode(b'["' + b"[{" * 500 + b'"]') == ["[{" * 500]


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_depth_of_json_is_that_of_the_value(value: object):
    def measured(part: object) -> int:
        if isinstance(part, dict):
            return 1 + max(map(measured, part.values()), default=0)
        if isinstance(part, list):
            return 1 + max(map(measured, part), default=0)
        return 0

    assert codec.depth(msgspec.json.encode(value)) == measured(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error_of_the_table(payload: bytes):
    with contextlib.suppress(*errors.ROWS):
        codec.decode(payload)


@pytest.mark.parametrize(
    ("headers", "id"),
    [
        ({}, "q1a-7"),
        ({"Nats-Msg-Id": "mine"}, "mine"),
        ({"ce-id": "event-1"}, "event-1"),
        ({"ce-id": "no token"}, "q1a-7"),
        ({"Nats-Msg-Id": "tick", "Task-Schedule": "nightly"}, "q1a-7"),
    ],
)
def test_the_id_comes_from_the_headers_else_from_the_place_in_the_stream(headers: dict[str, str], id: str):
    assert codec.task_id(HERE, headers, "1a", 7) == id


def test_both_forms_of_an_acknowledgement_subject_are_read():
    short = codec.delivery("$JS.ACK.TASKS.q_high.2.17.3.1700000000000000000.5")
    long = codec.delivery("$JS.ACK.hub.ABCD.TASKS.q_high.2.17.3.1700000000000000000.5.xyz")
    assert short == long == codec.Delivery(17, 2, 1700000000000000000, 5, 3)


@given(st.text())
def test_a_name_is_a_token_or_is_refused(text: str):
    if names.is_token(text):
        assert names.parse_task(names.task("q", text, "low")).function == text
    else:
        with pytest.raises(errors.InvalidId):
            names.task("q", text, "low")
