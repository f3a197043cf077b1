import importlib.metadata
import socket

import pytest

from infra import settings
from infra.doctor import machine, packages, system
from subjects import streams


def test_another_package_of_the_same_name_is_named(monkeypatch):
    monkeypatch.setattr(
        importlib.metadata, "packages_distributions", lambda: {"analytics": ["analytics-python"]}
    )
    (found,) = packages.intruders()
    assert (found.level, "analytics-python" in found.mend) == ("bad", True)


def test_our_own_packages_are_no_intruders(monkeypatch):
    monkeypatch.setattr(
        importlib.metadata, "packages_distributions", lambda: {"analytics": ["revoagent"] * 2}
    )
    assert [found.level for found in packages.intruders()] == ["ok"]


def test_a_lane_that_is_not_as_declared_is_told_member_by_member():
    config = streams.lane_config("security", "high")
    asked = {"security_high": {"config": {**config, "max_deliver": 3}}}
    assert system.lane("security", "high", asked) == [
        f"security_high: max_deliver is 3, not {streams.MAX_DELIVER}"
    ]
    assert system.lane("security", "high", {"security_high": {"config": config}}) == []
    assert system.lane("security", "low", asked) == []


@pytest.mark.parametrize(("variable", "what"), [("REVOAGENT_PORT", "http"), ("REVOAGENT_NATS_PORT", "nats")])
def test_a_port_that_is_taken_is_told_with_the_setting_that_mends_it(variable, what):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        own = settings.load({"REVOAGENT_PORT": "0", "REVOAGENT_NATS_PORT": "0", variable: str(port)})
        found = {check.found.partition(":")[0]: check for check in machine.ports(own, None)}
    assert found[what].level == "warn"
    assert variable in found[what].mend


def test_a_state_directory_that_others_can_read_is_told(tmp_path):
    own = settings.load({"REVOAGENT_STATE": str(tmp_path)})
    tmp_path.chmod(0o755)
    assert machine._state(own).mend == f"chmod 700 {tmp_path}"
