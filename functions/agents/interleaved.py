"""A program of its own: two commands run by turns, each run measured, as JSON.

Run as `python -I interleaved.py` inside the sandbox, in a directory with the folders `before` and `after`.
By turns and in a random order within each pair, so that a machine that grows slower hurts both alike.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Run = tuple[float, float, int, int, str]
"""Seconds, processor seconds, bytes at most, exit code, and what it said where it failed."""


def measured(words: list[str], directory: Path, environment: dict[str, str]) -> Run:
    """One run. The processor time includes that of its children."""
    with (directory.parent / "said").open("wb+") as said:
        begun = time.perf_counter()
        with subprocess.Popen(
            words,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as program:
            _, status, used = os.wait4(program.pid, 0)
            wall = time.perf_counter() - begun
            program.returncode = os.waitstatus_to_exitcode(status)
        code = program.returncode
        said.seek(max(0, said.tell() - 2000))
        text = said.read().decode("utf-8", "replace") if code else ""
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, code, text


def main() -> None:
    """Reads the question, runs the commands, prints the answer."""
    question: dict[str, Any] = json.load(sys.stdin)
    chance = random.Random(question["seed"])  # noqa: S311 - an order, not a secret
    ends = time.monotonic() + question["seconds"]
    answer: dict[str, Any] = {"before": [], "after": [], "failed": "", "stopped": False}
    for turn in range(question["warmup"] + question["runs"]):
        sides = ["before", "after"]
        chance.shuffle(sides)
        pair: dict[str, Run] = {}
        for side in sides:
            directory = Path.cwd() / side
            places = [str(directory), str(directory / "src")]
            try:
                own = measured(question[side], directory, {**os.environ, "PYTHONPATH": ":".join(places)})
            except OSError as error:
                own = (0.0, 0.0, 0, 127, str(error))
            if own[3]:
                answer["failed"] = f"{side} ended with exit code {own[3]}: {own[4][-1000:]}"
                break
            pair[side] = own
        if answer["failed"]:
            break
        if turn >= question["warmup"]:
            for side, own in pair.items():
                answer[side].append(own[:3])
        if time.monotonic() > ends:
            answer["stopped"] = turn + 1 < question["warmup"] + question["runs"]
            break
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
