"""The environment becomes one tree, or a sentence that says what is wrong with it."""

import os
from pathlib import Path

import pytest

from infra import settings


@pytest.mark.parametrize(
    ("variable", "text", "read"),
    [
        ("REVOAGENT_PORT", "0", lambda own: own.gateway.port == 0),
        ("REVOAGENT_NATS_PORT", "4333", lambda own: own.server.port == 4333),
        ("REVOAGENT_LOG_LEVEL", "debug", lambda own: own.log_level == "debug"),
        ("REVOAGENT_DURABILITY", "process", lambda own: own.server.durability == "process"),
        ("REVOAGENT_PROCESSES", "3", lambda own: own.processes == 3),
        ("REVOAGENT_SLOTS", "7", lambda own: own.worker.slots == 7),
        ("REVOAGENT_ONLY", "security, text.shout", lambda own: own.worker.only == ("security", "text.shout")),
        ("REVOAGENT_TARGETS", "a.b,c", lambda own: own.worker.targets == ("a.b", "c")),
        (
            "REVOAGENT_ROOTS",
            f"/srv{os.pathsep}/opt",
            lambda own: own.worker.roots == (Path("/srv"), Path("/opt")),
        ),
    ],
)
def test_every_kind_of_setting_is_read(variable, text, read):
    assert read(settings.load({variable: text}))


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda own: own.name)
def test_every_row_of_the_table_names_a_member_of_the_tree(setting):
    own = settings.load({})
    for member in setting.field.split("."):
        own = getattr(own, member)


def test_functions_may_read_below_the_directory_it_was_started_in(tmp_path):
    assert settings.load({}, here=tmp_path).worker.roots == (tmp_path,)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"REVOAGENT_PROT": "1"}, "did you mean REVOAGENT_PORT?"),
        ({"REVOAGENT_PORT": "http"}, "REVOAGENT_PORT=http"),
        ({"REVOAGENT_PORT": "70000"}, "REVOAGENT_PORT=70000"),
        ({"REVOAGENT_SLOTS": "0"}, "REVOAGENT_SLOTS=0"),
        ({"REVOAGENT_DURABILITY": "maybe"}, "REVOAGENT_DURABILITY=maybe"),
        ({"REVOAGENT_HOST": "0.0.0.0"}, "authentication"),  # noqa: S104 - that it is refused is the point
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(environment, said):
    with pytest.raises(settings.WrongSetting) as raised:
        settings.load(environment)
    assert said in raised.value.message
