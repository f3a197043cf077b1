"""Agents as they are registered, read, given tasks and stopped from a terminal."""

import json


def test_a_registered_agent_does_what_it_may_until_it_is_stopped(revo):
    given = json.dumps({"config": {"text": "hello"}})
    assert revo("agent", "create", "crier", "--capability", "text.shout", "-i", given).returncode == 0
    assert revo("agent", "run", "crier", "--times", "2").stdout == "HELLO!!\n"
    refused = revo("agent", "run", "crier", "--function", "text.fail")
    assert (refused.returncode, "may not use" in refused.stderr) == (1, True)
    assert revo("agent", "stop", "crier").stdout == "crier is stopped\n"
    assert "start it first" in revo("agent", "run", "crier").stderr
    assert revo("agent", "start", "crier").stdout == "crier is idle\n"


def test_an_agent_is_changed_read_and_forgotten(revo):
    revo("agent", "create", "quiet", "--capability", "text.shout")
    assert "revision" in revo("agent", "update", "quiet", "--description", "loud").stdout
    view = revo.json("agent", "show", "quiet")
    assert (view["description"], view["status"]) == ("loud", "idle")
    assert revo("agent", "rm", "quiet").returncode == 0
    assert [one["agent"] is None for one in revo.json("agent", "history", "quiet")] == [True, False, False]
    assert revo("agent", "run", "quiet").returncode == 3


def test_the_list_has_announced_and_registered_agents(revo):
    revo("agent", "create", "listed", "--capability", "text.shout")
    listed = {view["id"]: view["origin"] for view in revo.json("agent", "ls")}
    assert {"text": "announced", "security": "announced", "listed": "registered"}.items() <= listed.items()
    assert "text.shout" in revo("agent", "ls", "--text", "listed").stdout


def test_what_an_agent_wrote_and_how_it_did_is_read_and_the_best_is_chosen(revo):
    revo("agent", "create", "stepper", "--capability", "text.steps")
    assert revo("agent", "run", "stepper").returncode == 0
    choice = revo.json("agent", "choose", "text.steps", "--prefer", "local", "--exclude", "text")
    assert (choice["agent"], choice["excluded"][0]["agent"]) == ("stepper", "text")
    assert choice["candidates"][0]["reasons"][0]["criterion"] == "local"
    # Rows follow a moment after the outcome; a command takes longer than that moment.
    [line] = revo.json("agent", "logs", "stepper", "--level", "info")
    assert (line["message"], line["agent"]) == ("a line", "stepper")
    assert revo.json("agent", "metrics", "stepper")["completed"] == 1


def test_a_result_is_rated_and_an_agent_is_judged_by_what_it_did(revo):
    revo("agent", "create", "judged", "--capability", "text.shout")
    assert revo("agent", "run", "judged", "--text", "hi", "--key", "rated-1").returncode == 0
    said = revo("task", "rate", "rated-1", "4", "--comment", "loud", "--user", "eva")
    assert said.stdout == "rated-1: 4 of 5 by eva\n"
    assert revo("task", "rate", "rated-1", "6").returncode == 2
    own = revo.json("agent", "analytics", "judged")
    assert (own["tasks"], own["satisfaction"]["mean"]) == (1, 4.0)
    page = revo("agent", "analytics", "judged").stdout
    assert "1 of 1 tasks" in page
    assert "1 ratings: not enough to conclude from" in page
