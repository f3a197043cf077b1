"""Every command as it is typed, against one real stack."""

import itertools
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import COMMANDS

MAIN = Path(__file__).resolve().parents[3] / "infra" / "__main__.py"
JOBS = Path(__file__).with_name("jobs.py")
ids = itertools.count(1)


class Typed:
    """A terminal: a directory, an environment, and what is typed there."""

    def __init__(self, here, environment):
        self.here, self.environment = here, environment

    def __call__(self, *words, stdin=None, **environment):
        return subprocess.run(
            [sys.executable, "-P", MAIN, *map(str, words)],
            cwd=self.here,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def json(self, *words):
        done = self(*words, "-o", "json")
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def ended(self, function, *words):
        """The id of a task that has its outcome."""
        id = f"cli-{next(ids)}"
        self("run", function, *words, "--id", id)
        return id


@pytest.fixture(scope="module")
def bare(tmp_path_factory, plain_environment):
    """A terminal in a directory where nothing runs."""
    return Typed(tmp_path_factory.mktemp("bare"), plain_environment)


@pytest.fixture(scope="module")
def revo(bare, tmp_path_factory):
    """A terminal in the directory of a stack that runs a user's functions beside ours."""
    here = tmp_path_factory.mktemp("stack")
    process = subprocess.Popen(
        [sys.executable, "-P", MAIN, "up", JOBS, "--no-gateway", "-o", "json"],
        cwd=here,
        env=bare.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    line = process.stdout.readline()
    typed = Typed(here, bare.environment)
    typed.address = json.loads(line)
    yield typed
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def every_command():
    for name in COMMANDS:
        yield (name,)
    yield from (
        (group, name)
        for group, names in {
            "task": "ls get logs events cancel retry wait",
            "dlq": "ls show requeue drop",
            "queue": "ls drop",
            "function": "ls show schema",
            "worker": "ls drain",
            "schedule": "ls add rm pause resume",
        }.items()
        for name in names.split()
    )


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_explains_itself(bare, words):
    done = bare(*words, "--help")
    assert done.returncode == 0
    if len(words) == 2 or words[0] not in {"task", "dlq", "queue", "function", "worker", "schedule"}:
        assert f"revo {' '.join(words)}" in done.stdout.partition("For example:")[2]


def test_the_list_of_commands_imports_none_of_them(bare):
    script = "import sys; from infra.cli import run; run(['--help']); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=MAIN.parents[1]
    )
    for heavy in ("'nats'", "'rich'", "'litestar'", "'duckdb'", "'uvicorn'"):
        assert heavy not in done.stdout


def test_a_misspelt_command_is_guessed(bare):
    done = bare("tsk", "ls")
    assert (done.returncode, "did you mean `revo task`?" in done.stderr) == (2, True)


def test_without_a_server_the_reason_and_the_way_out_are_told(bare):
    done = bare("task", "ls", "--server", "127.0.0.1:9")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "connection refused" in done.stderr
    assert "revo up" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("REVOAGENT_PROT", "1", "did you mean REVOAGENT_PORT?"),
        ("REVOAGENT_SLOTS", "0", "REVOAGENT_SLOTS=0"),
        ("REVOAGENT_DURABILITY", "maybe", "REVOAGENT_DURABILITY=maybe"),
    ],
)
def test_a_wrong_setting_is_named(bare, variable, value, said):
    done = bare("task", "ls", **{variable: value})
    assert (done.returncode, said in done.stderr) == (2, True)


def test_a_task_runs_with_its_input_as_options(revo):
    done = revo("run", "text.shout", "--text", "hi", "--times", "3")
    assert (done.returncode, done.stdout) == (0, "HI!!!\n")


@pytest.mark.parametrize("given", ['{"text": "hi"}', "@input.json", "-"])
def test_the_input_comes_from_the_command_line_a_file_or_a_pipe(revo, given):
    (revo.here / "input.json").write_text('{"text": "hi"}')
    done = revo("run", "text.shout", "-i", given, stdin='{"text": "hi"}')
    assert (done.returncode, done.stdout) == (0, "HI!\n")


def test_text_that_looks_like_a_number_stays_text_where_text_is_wanted(revo):
    assert revo("run", "text.shout", "--text", "12").stdout == "12!\n"


def test_help_of_a_function_shows_what_it_takes(revo):
    done = revo("run", "text.shout", "--help")
    assert done.returncode == 0
    for part in (
        "Say it loud.",
        "--text",
        "required",
        "--times",
        "integer",
        "revo run text.shout --text ...",
    ):
        assert part in done.stdout


def test_a_misspelt_option_of_a_function_is_guessed(revo):
    done = revo("run", "text.shout", "--txt", "hi")
    assert (done.returncode, "did you mean --text?" in done.stderr) == (2, True)


def test_a_misspelt_function_is_guessed_and_nothing_is_submitted(revo):
    done = revo("run", "text.shuot", "--id", "never")
    assert (done.returncode, "did you mean text.shout?" in done.stderr) == (3, True)
    assert revo("task", "get", "never").returncode == 3


def test_the_result_as_json_is_the_stored_one(revo):
    result = revo.json("run", "text.shout", "--text", "hi", "--id", "as-json")
    assert (result["id"], result["state"], result["output"], result["input"]) == (
        "as-json",
        "completed",
        "HI!",
        {"text": "hi"},
    )
    assert revo.json("task", "get", "as-json") == result


def test_a_task_that_fails_is_an_exit_code_and_a_reason(revo):
    done = revo("run", "text.fail", "--why", "no luck")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no luck" in done.stderr
    assert "handler_failed" in done.stderr


def test_wrong_input_is_rejected_by_the_worker_with_the_member_that_is_wrong(revo):
    done = revo("run", "text.shout", "-i", '{"text": 5}')
    assert (done.returncode, "text" in done.stderr) == (1, True)


def test_the_same_id_twice_is_one_task(revo):
    assert revo("run", "text.shout", "--text", "a", "--id", "twice").stdout == "A!\n"
    assert revo("run", "text.shout", "--text", "a", "--id", "twice").stdout == "A!\n"
    done = revo("run", "text.shout", "--text", "b", "--id", "twice")
    assert (done.returncode, "used before" in done.stderr) == (1, True)


def test_what_a_task_tells_is_streamed(revo):
    done = revo("run", "text.steps", "--stream")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "half way" in done.stderr
    assert "a line" in done.stderr


def test_logs_and_events_are_read_later(revo):
    id = revo.ended("text.steps")
    assert "a line step=1" in revo("task", "logs", id).stdout
    assert "half way" in revo("task", "events", id).stderr


def test_a_function_is_called_without_a_queue(revo):
    assert revo("call", "text.shout", "--text", "hi").stdout == "HI!\n"
    done = revo("call", "text.fail", "--why", "no luck")
    assert (done.returncode, "no luck" in done.stderr) == (1, True)


def test_tasks_are_listed_by_state_and_function(revo):
    id = revo.ended("text.fail", "--why", "listed")
    failed = revo.json("task", "ls", "--state", "failed", "--function", "text.fail")
    assert id in [view["id"] for view in failed]
    assert {view["function"] for view in failed} == {"text.fail"}
    assert id in revo("task", "ls").stdout


def test_a_task_that_is_not_known_is_not_found(revo):
    for words in (
        ("get", "nobody"),
        ("wait", "nobody"),
        ("logs", "nobody"),
        ("cancel", "nobody"),
        ("retry", "nobody"),
    ):
        assert revo("task", *words).returncode == 3


def test_a_queued_task_is_canceled_and_its_outcome_says_so(revo):
    revo("run", "text.shout", "--text", "a", "--in", "3600", "--no-wait", "--id", "later")
    assert revo("task", "cancel", "later", "--reason", "changed my mind").returncode == 0
    result = revo.json("task", "get", "later")
    assert (result["state"], result["error"]["message"]) == ("canceled", "changed my mind")
    assert revo("task", "cancel", "later").returncode == 1


def test_a_dead_letter_is_shown_tried_again_and_dropped(revo):
    id = revo.ended("text.fail", "--why", "dead")
    assert id in revo("dlq", "ls", "--queue", "text").stdout
    assert json.loads(revo("dlq", "show", id, "-o", "json").stdout)["input"] == {"why": "dead"}
    assert revo("dlq", "requeue", id).returncode == 0
    assert revo("task", "wait", id).returncode == 1
    other = revo.ended("text.fail", "--why", "dropped")
    assert revo("dlq", "drop", other).returncode == 0
    assert revo("dlq", "show", other).returncode == 3
    assert revo("task", "get", other).returncode == 0
    assert revo("dlq", "drop").returncode == 2


def test_functions_are_listed_with_their_schemas(revo):
    assert "text.shout" in revo("function", "ls").stdout
    assert revo.json("function", "schema", "text.shout")["required"] == ["text"]
    assert json.loads(revo("function", "schema", "text.shout", "--out").stdout) == {"type": "string"}
    assert revo("function", "show", "text.shuot").returncode == 3


def test_the_worker_is_listed_with_its_functions(revo):
    (worker,) = revo.json("worker", "ls")
    assert "text.shout" in worker["functions"]
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
    done = revo("review", "project", "--fail-on", "never")
    assert done.returncode == 0
    assert "project" in done.stdout
    found = revo.json("review", "project", "--fail-on", "info")
    assert found["files"] == 1
    assert revo("review", "project", "--fail-on", "info").returncode == 1
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
    assert Typed(below, revo.environment)("worker", "ls").returncode == 0


def test_a_stack_elsewhere_is_named_by_an_option_or_the_environment(revo, bare):
    assert bare("worker", "ls", "--server", revo.address["nats"]).returncode == 0
    assert bare("worker", "ls", REVOAGENT_NATS_URL=revo.address["nats"]).returncode == 0
