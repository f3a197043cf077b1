"""What people see of a running system, and what they do to it."""

import json


def test_functions_are_listed_with_their_schemas(revo):
    assert "text.shout" in revo("function", "ls").stdout
    assert revo.json("function", "schema", "text.shout")["required"] == ["text"]
    assert json.loads(revo("function", "schema", "text.shout", "--out").stdout) == {"type": "string"}
    assert revo("function", "show", "text.shuot").returncode == 3


def test_the_worker_is_listed_with_its_functions(revo):
    (worker,) = revo.json("worker", "ls")
    assert "text" in worker["queues"]
    assert (worker["state"], worker["part"]) == ("alive", "worker-1")
    assert worker["id"] in revo("worker", "ls").stdout
    assert revo("worker", "drain", "nobody").returncode == 3


def test_a_schedule_is_made_paused_resumed_and_removed(revo):
    words = ("schedule", "add", "pulse", "text.shout", "--every", "3600", "-i", '{"text": "tick"}')
    assert revo(*words).returncode == 0
    assert revo.json("schedule", "ls")[0]["name"] == "pulse"
    assert revo("schedule", "pause", "pulse").returncode == 0
    assert "paused" in revo("schedule", "ls").stdout
    assert revo("schedule", "resume", "pulse").returncode == 0
    assert revo("schedule", "rm", "pulse").returncode == 0
    assert revo("schedule", "rm", "pulse").returncode == 3
    assert revo("schedule", "add", "x", "text.shout", "--cron", "no cron").returncode == 2


def test_a_schedule_tells_when_it_comes_and_is_run_by_hand(revo):
    words = ("schedule", "add", "hour", "text.shout", "--every", "3600", "-i", '{"text": "tick"}')
    assert revo(*words, "--new").returncode == 0
    assert revo(*words, "--new").returncode == 1
    shown = revo.json("schedule", "show", "hour")
    assert (len(shown["next"]), shown["words"], shown["input"]) == (10, "every 1 h", {"text": "tick"})
    assert revo.json("schedule", "run", "hour")["state"] == "queued"
    assert "at 03:00" in revo("schedule", "preview", "--cron", "0 3 * * *").stdout
    assert revo("schedule", "rm", "hour").returncode == 0


def test_tasks_for_a_queue_that_nobody_serves_are_found_and_dropped(revo):
    assert revo("run", "typo.scan", "--no-wait", "--force", "--id", "lost").returncode == 0
    found = revo("doctor")
    assert (found.returncode, "revo queue drop typo" in found.stdout) == (1, True)
    assert revo("queue", "drop", "text", "--yes").returncode == 1
    assert revo.json("queue", "drop", "typo", "--yes") == {"queue": "typo", "rejected": 1}
    assert revo.json("task", "get", "lost")["state"] == "rejected"
    assert revo("doctor").returncode == 0


def test_the_doctor_says_that_streams_and_lanes_are_as_declared(revo):
    checks = {check["name"]: check["level"] for check in revo.json("doctor")}
    assert checks["streams"] == checks["lanes"] == checks["server"] == checks["nats-server"] == "ok"


def test_queries_are_listed_and_answered(revo):
    names = [row[0] for row in revo.json("query")["rows"]]
    assert "tasks" in names
    assert "columns" in revo.json("query", "tasks", "limit=1")
    assert revo("query", "tasks", "limit=1", "-o", "csv").stdout.startswith("id,queue,function,state,")
    done = revo("query", "taks")
    assert (done.returncode, "tasks" in done.stderr) == (3, True)


def test_top_shows_queues_and_workers_once_where_there_is_no_terminal(revo):
    shown = revo("top").stdout
    assert "text" in shown
    assert "finished" in shown
    assert revo.json("top")["workers"]


def test_a_review_below_the_roots_reads_the_directory_itself(revo):
    project = revo.here / "project"
    project.mkdir()
    (project / "a.py").write_text('"""A module."""\nimport os\nos.system("ls")\n')
    done = revo("review", "project", "--no-run", "--fail-on", "never")
    assert done.returncode == 0
    assert "project" in done.stdout
    found = revo.json("review", "project", "--no-run", "--fail-on", "info")
    assert found["files"] == 1
    assert revo("review", "project", "--no-run", "--fail-on", "info").returncode == 1
    assert (
        json.loads(revo("review", "project", "-o", "sarif", "--fail-on", "never").stdout)["version"]
        == "2.1.0"
    )


def test_a_review_of_another_place_packs_it_first(revo, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.py").write_text('"""A module."""\n')
    found = revo.json("review", tmp_path / "elsewhere", "--fail-on", "never")
    assert found["files"] == 1


def test_a_command_in_a_directory_below_finds_the_stack(revo):
    below = revo.here / "deep" / "er"
    below.mkdir(parents=True)
    assert revo.at(below)("worker", "ls").returncode == 0


def test_a_stack_elsewhere_is_named_by_an_option_or_the_environment(revo, bare):
    assert bare("worker", "ls", "--server", revo.address["nats"]).returncode == 0
    assert bare("worker", "ls", REVOAGENT_NATS_URL=revo.address["nats"]).returncode == 0


def test_a_file_goes_in_and_comes_out_by_its_reference(revo, tmp_path):
    (tmp_path / "in.bin").write_bytes(bytes(range(256)))
    made = revo.json("artifact", "put", str(tmp_path / "in.bin"))
    assert (made["size"], made["name"]) == (256, "in.bin")
    assert revo("artifact", "get", made["ref"], "--to", str(tmp_path / "out.bin")).returncode == 0
    assert (tmp_path / "out.bin").read_bytes() == bytes(range(256))
    assert revo("artifact", "get", "0" * 64).returncode == 3
    assert revo("artifact", "get", "projects/x").returncode == 2
