"""`revo notification` against a running stack."""


def test_a_target_is_made_changed_tested_and_removed(revo):
    assert "Nobody is told" in revo("notification", "ls").stdout
    made = revo("notification", "set", "bus", "--subject", "alerts.team")
    assert "subject alerts.team, firing resolved" in made.stdout
    tried = revo("notification", "test", "bus")
    assert (tried.returncode, "bus: told" in tried.stdout) == (0, True)
    revo("notification", "set", "bus", "-i", '{"enabled": false, "wanted": {"severities": ["critical"]}}')
    [own] = revo.json("notification", "ls")
    assert (own["enabled"], own["via"]) == (False, {"type": "nats", "subject": "alerts.team"})
    # Nobody listens there, and a loopback address is refused before anybody could.
    revo("notification", "set", "hook", "--webhook", "http://127.0.0.1:8080/")
    tried = revo("notification", "test", "hook")
    assert (tried.returncode, "loopback" in tried.stdout) == (1, True)
    assert revo("notification", "set", "bad", "--subject", "task.a").returncode == 2
    assert revo("notification", "set", "bad", "--subject", "a", "--email", "a@b.example").returncode == 2
    for name in ("bus", "hook"):
        assert revo("notification", "rm", name).returncode == 0
    assert revo("notification", "rm", "bus").returncode == 3
