import subprocess
import sys
from pathlib import Path

import pytest

from functions.settings import WorkerSettings
from infra import settings

HERE = Path("/somewhere")


def test_every_row_has_a_place_in_the_tree_and_a_default():
    for row in settings.SETTINGS:
        settings.default(row)
    assert len({row.variable for row in settings.SETTINGS}) == len({row.field for row in settings.SETTINGS})


def test_an_empty_environment_gives_the_defaults():
    own = settings.load({}, HERE)
    assert (own.gateway.host, own.gateway.port, own.server.port) == ("127.0.0.1", 12000, 4222)
    assert (own.state, own.worker.roots, own.outside) == (HERE / ".revo", (HERE,), False)
    assert own.server.durability == "power"


def test_the_environment_is_read_with_types_and_limits():
    own = settings.load(
        {
            "REVOAGENT_PORT": "0",
            "REVOAGENT_ROOTS": "a:/b",
            "REVOAGENT_ONLY": "security, text.shout",
            "REVOAGENT_NATS_URL": "nats://far:4222",
            "REVOAGENT_DRAIN": "1.5",
            "PATH": "/bin",
        },
        HERE,
    )
    assert own.gateway.port == 0
    assert own.worker.roots == (HERE / "a", Path("/b"))
    assert own.worker.only == ("security", "text.shout")
    assert own.worker.drain == 1.5
    assert own.outside
    assert {own.worker.nats.url, own.gateway.nats.url, own.analytics.nats.url} == {"nats://far:4222"}


def test_limits_of_alerts_are_heard_without_the_prefix_and_with_it_first():
    own = settings.load({"ALERT_THRESHOLDS_CPU": "60", "REVOAGENT_ALERT_THRESHOLDS_DISK": "70"}, HERE)
    assert (own.analytics.alerts.cpu, own.analytics.alerts.memory, own.analytics.alerts.disk) == (60, 85, 70)
    both = {"ALERT_THRESHOLDS_CPU": "60", "REVOAGENT_ALERT_THRESHOLDS_CPU": "50"}
    assert settings.load(both, HERE).analytics.alerts.cpu == 50
    with pytest.raises(settings.WrongSetting, match="ALERT_THRESHOLDS_CPU"):
        settings.load({"ALERT_THRESHOLDS_CPU": "loud"}, HERE)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REVOAGENT_PORT", "x"),
        ("REVOAGENT_PORT", "70000"),
        ("REVOAGENT_SLOTS", "0"),
        ("REVOAGENT_DURABILITY", "none"),
        ("REVOAGENT_LOG_LEVEL", "loud"),
        ("REVOAGENT_HOST", "0.0.0.0"),
        ("REVOAGENT_HOST", "example.org"),
        ("REVOAGENT_NOTHING", "1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(variable, value):
    with pytest.raises(settings.WrongSetting, match=variable):
        settings.load({variable: value}, HERE)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_allowed(host):
    settings.check_bind(host)


def test_settings_pass_to_a_child_as_they_are():
    own = settings.load({}, HERE).worker
    assert settings.decode(settings.encode(own), WorkerSettings) == own


def test_reading_the_settings_loads_neither_the_door_nor_the_memory():
    script = "import sys; from infra import settings; settings.load({}); print(sorted(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root
    )
    for heavy in ("'litestar'", "'uvicorn'", "'duckdb'", "'nats'"):
        assert heavy not in done.stdout


def test_a_worker_loads_neither_the_door_nor_the_memory():
    script = "import sys; from infra import part; import functions.service; print(list(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root
    )
    for heavy in ("'litestar'", "'uvicorn'", "'duckdb'", "'click'"):
        assert heavy not in done.stdout
