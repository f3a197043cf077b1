"""Speech is loud."""

from tidy.speech import greet


def test_a_greeting_is_loud():
    assert greet("you") == "HELLO YOU"
