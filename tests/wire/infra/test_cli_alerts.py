"""`revo alert` against a running stack."""

import time

import pytest


def eventually(ask, wanted):
    until = time.monotonic() + 10
    while not wanted(answer := ask()):
        assert time.monotonic() < until, answer
    return answer


@pytest.mark.timeout(60)
def test_a_rule_is_made_rings_is_acknowledged_kept_quiet_and_removed(revo):
    assert "cpu > 80, critical 90" in revo("alert", "rules").stdout
    # Every machine has some disk in use.
    words = (
        "full",
        "expression=disk",
        "limit=0",
        "clear=0",
        "severity=info",
        "summary={host}: {value} % full",
    )
    tried = eventually(lambda: revo("alert", "test", *words), lambda done: done.returncode == 1)
    assert "% full" in tried.stdout
    assert "nothing" not in revo("alert", "rule", "set", *words).stdout
    [found] = eventually(lambda: revo.json("alert", "ls", "--rule", "full"), bool)
    assert (found["state"], found["severity"]) == ("firing", "info")
    assert "acknowledged by ada" in revo("alert", "ack", found["id"], "--by", "ada").stdout
    made = revo.json("alert", "silence", "rule=full", "--minutes", "5", "--comment", "known")
    assert "rule=full" in revo("alert", "silences").stdout
    assert revo("alert", "unsilence", made["id"]).returncode == 0
    assert revo("alert", "unsilence", made["id"]).returncode == 3
    assert revo("alert", "rule", "rm", "full").returncode == 0
    changes = eventually(
        lambda: revo.json("alert", "show", found["id"]), lambda own: own[-1]["state"] == "resolved"
    )
    assert [own["state"] for own in changes][:2] == ["firing", "acknowledged"]
    assert revo("alert", "resolve", "nothing").returncode == 3
    assert revo("alert", "rule", "set", "bad", "expression=cpuu").returncode == 2
