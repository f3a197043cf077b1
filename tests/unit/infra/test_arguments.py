import pytest

from infra import arguments
from subjects import errors

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "times": {"type": "integer", "default": 1},
        "ratio": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "deep": {"type": "boolean"},
        "only": {"type": "array", "items": {"type": "string"}},
        "size": {"$ref": "#/$defs/Size"},
        "level": {"enum": ["low", "high"]},
    },
    "required": ["text"],
    "$defs": {"Size": {"type": "object", "properties": {"x": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--text", "hi"], {"text": "hi"}),
        (["--text=a=b"], {"text": "a=b"}),
        (["--text", "12"], {"text": "12"}),
        (["--text", "null"], {"text": "null"}),
        (["--times", "3"], {"times": 3}),
        (["--ratio", "0.5"], {"ratio": 0.5}),
        (["--ratio", "null"], {"ratio": None}),
        (["--deep"], {"deep": True}),
        (["--no-deep"], {"deep": False}),
        (["--deep", "false"], {"deep": False}),
        (["--deep", "--times", "2"], {"deep": True, "times": 2}),
        (["--only", "a", "--only", "1"], {"only": ["a", "1"]}),
        (["--only", '["a", "b"]'], {"only": ["a", "b"]}),
        (["--size", '{"x": 1}'], {"size": {"x": 1}}),
        (["--level", "high"], {"level": "high"}),
    ],
)
def test_words_become_members_of_the_types_that_the_schema_says(words, value):
    assert arguments.parse(SCHEMA, words) == value


@pytest.mark.parametrize("words", [["text"], ["--text"], ["--nothing", "1"]])
def test_words_that_do_not_fit_are_refused(words):
    with pytest.raises(errors.InvalidInput):
        arguments.parse(SCHEMA, words)


def test_a_function_without_a_schema_takes_any_member():
    assert arguments.parse({}, ["--a-b", "1"]) == {"a-b": 1}


def test_words_go_over_the_input_that_was_given():
    assert arguments.input_of(SCHEMA, '{"text": "a", "times": 2}', ["--times", "3"]) == {
        "text": "a",
        "times": 3,
    }


@pytest.mark.parametrize("given", ["{", "@no-such-file", "@."])
def test_input_that_cannot_be_read_is_an_error_of_the_table(given):
    with pytest.raises(errors.RevoError):
        arguments.read(given)
