"""Tasks as they are submitted, read, cancelled and tried again from a terminal."""

import json

import pytest


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


def test_a_filter_shows_what_it_hits_and_asks_before_it_does_it(revo):
    for number in range(2):
        later = ("--id", f"later-{number}", "--in", "3600", "--priority", "low", "--no-wait")
        revo("run", "text.shout", "--text", "hi", *later)
    filter = ("--all-matching", "--function", "text.shout", "--priority", "low", "--state", "queued")
    counted = revo("task", "cancel", *filter)
    assert (counted.returncode, "2 tasks match" in counted.stdout) == (0, True)
    assert "say --yes" in counted.stdout + counted.stderr
    assert "2 done, 0 skipped, 0 failed" in revo("task", "cancel", *filter, "--yes").stdout
    assert "No task matches." in revo("task", "cancel", *filter).stdout
    retried = revo(
        "task", "retry", "--all-matching", "--state", "canceled", "--priority", "low", "--yes", "-o", "json"
    )
    assert json.loads(retried.stdout)["done"] == 2


def test_a_filter_needs_its_word_and_ids_need_none(revo):
    for words in (["cancel"], ["cancel", "a", "--queue", "text"], ["retry", "--queue", "text"]):
        assert revo("task", *words).returncode == 2
