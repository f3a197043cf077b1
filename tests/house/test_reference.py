"""The reference says what the code does: it is written from the tables, and compared with them here."""

import inspect
import json
import re
import warnings
from datetime import UTC, datetime

import msgspec
import pytest
from jsonschema import Draft202012Validator

from gateway.sockets import commands, conversation
from infra import cli, reference
from infra.reference import asyncapi, contract, surface
from subjects import codec, messages, names
from subjects.errors import NotFound

AGAIN = "write the reference again: `just docs`, or python -m infra.reference"


@pytest.fixture(scope="module")
def events():
    """The AsyncAPI document as it is now."""
    return json.loads(reference.text("asyncapi.json"))


@pytest.fixture(scope="module")
def http():
    """The OpenAPI document as it is now."""
    return json.loads(reference.text("openapi.json"))


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_committed_page_is_what_the_code_says(root, name):
    path = root / "docs" / "reference" / name
    assert path.exists(), f"{path} is missing; {AGAIN}"
    assert path.read_text() == reference.text(name), f"{path} is out of date; {AGAIN}"


def test_nothing_else_lies_in_the_folder(root):
    assert {path.name for path in (root / "docs" / "reference").iterdir()} == set(reference.PAGES)


def test_every_header_of_the_codec_is_explained():
    constants = {key for key, value in vars(codec).items() if key.isupper() and isinstance(value, str)}
    assert constants == {key for key, _, _ in contract.HEADERS}


def test_every_subject_that_can_be_built_is_explained():
    not_subjects = {"token", "priority", "lane", "lane_consumer"}
    builders = {
        name
        for name, value in vars(names).items()
        if inspect.isfunction(value)
        and inspect.signature(value).return_annotation is str
        and not name.startswith("any_")
    }
    assert builders - not_subjects == {own.build for own in contract.SUBJECTS}


def test_every_command_has_a_page_a_sentence_and_an_example():
    told = dict(surface.commands(cli.root, "revo"))
    assert {f"revo {name}" for name in cli.COMMANDS} <= set(told)
    assert [path for path, command in told.items() if not command.help] == []
    leaves = {path: command for path, command in told.items() if not hasattr(command, "commands")}
    assert [path for path, command in leaves.items() if "For example:" not in (command.epilog or "")] == []


def test_the_frames_of_sockets_are_those_of_the_gateway():
    source = inspect.getsource(conversation)
    assert set(asyncapi.COMMANDS) == {*commands.KNOWN, "subscribe", "unsubscribe", "ping"}
    said = set(re.findall(r'"type": "(\w+)"', source))
    assert said <= {*asyncapi.ANSWERS, "event"}


def test_asyncapi_is_valid_by_the_object_model_of_its_version(events):
    with warnings.catch_warnings():
        # It names a member `schema`, which pydantic remarks on at every import.
        warnings.simplefilter("ignore")
        from asyncapi3.models import AsyncAPI3
    assert AsyncAPI3.model_validate(events).asyncapi == "3.1.0"


def test_every_reference_in_asyncapi_leads_somewhere(events):
    found = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(events)))
    assert len(found) > 40
    for path in sorted(found):
        place = events
        for step in path.split("/"):
            assert step in place, f"#/{path}"
            place = place[step]


def test_every_schema_in_asyncapi_is_a_schema(events):
    for schema in events["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for message in events["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"])


def against(events, message):
    """A validator for the frames of one message."""
    inner = events["components"]["messages"][message]["payload"]
    return Draft202012Validator({**inner, "components": events["components"]})


def test_a_real_frame_fits_its_schema_and_a_broken_one_does_not(events):
    now = datetime.now(UTC)
    result = messages.Result(
        id="a", queue="q", function="f", state="failed", input=messages.NULL, output=messages.NULL,
        attempts=1, error=NotFound("none").info(), worker=None, submitted_at=now, started_at=None,
        finished_at=now,
    )  # fmt: skip
    frame = {
        "type": "event", "channel": "task_completion", "payload": json.loads(msgspec.json.encode(result)),
        "seq": 2, "prev": 1, "epoch": "18c",
    }  # fmt: skip
    validator = against(events, "event_task_completion")
    validator.validate(frame)
    for broken in ({**frame, "seq": "2"}, {**frame, "payload": {"id": "a"}}, {"type": "event"}):
        assert not validator.is_valid(broken)


def test_addresses_in_asyncapi_are_subjects_that_the_code_reads(events):
    given = {"queue": "security", "priority": "high", "function": "scan", "id": "my-1", "kind": "log"}
    task, result, event = (
        events["channels"][name]["address"].format_map(given) for name in ("task", "result", "event")
    )
    assert names.parse_task(task) == ("security", "high", "scan", "my-1")
    assert names.parse_result(result) == ("security", "scan", "my-1")
    assert names.parse_event(event) == ("security", "scan", "my-1", "log")


def test_openapi_is_valid(http):
    from openapi_spec_validator import validate

    validate(http)
    assert "/api/tasks" in http["paths"]
