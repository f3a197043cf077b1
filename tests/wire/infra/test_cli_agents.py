"""Agents as they are registered, read, given tasks and stopped from a terminal."""

import json


def test_an_agent_is_registered_used_stopped_and_forgotten(revo):
    given = json.dumps({"config": {"text": "hello"}})
    assert revo("agent", "create", "crier", "--capability", "text.shout", "-i", given).returncode == 0
    assert revo("agent", "run", "crier", "--times", "2").stdout == "HELLO!!\n"
    refused = revo("agent", "run", "crier", "--function", "text.fail")
    assert (refused.returncode, "may not use" in refused.stderr) == (1, True)
    assert "revision" in revo("agent", "update", "crier", "--description", "loud").stdout
    assert revo("agent", "stop", "crier").stdout == "crier is stopped\n"
    assert "start it first" in revo("agent", "run", "crier").stderr
    assert revo("agent", "start", "crier").stdout == "crier is idle\n"
    view = revo.json("agent", "show", "crier")
    assert (view["description"], view["definition"]["config"]) == ("loud", {"text": "hello"})
    assert len(revo.json("agent", "history", "crier")) == 4
    assert revo("agent", "rm", "crier").returncode == 0
    assert revo("agent", "run", "crier").returncode == 3


def test_the_list_has_announced_and_registered_agents(revo):
    revo("agent", "create", "listed", "--capability", "text.shout")
    listed = {view["id"]: view["origin"] for view in revo.json("agent", "ls")}
    assert {"text": "announced", "security": "announced", "listed": "registered"}.items() <= listed.items()
    assert "text.shout" in revo("agent", "ls", "--text", "listed").stdout
