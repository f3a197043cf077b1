"""A program of its own: a copier template written out into `out` below the current directory.

Run as `python -I templated.py` inside the sandbox. It reads `{"template": ..., "answers": {...}}` from its
input and imports nothing of ours. Nothing that a template could run is trusted: tasks and Jinja
extensions are refused by copier, and endless loops end with the sandbox.
"""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Reads the question, writes the files, prints the answer."""
    question = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import copier  # noqa: PLC0415 - what it prints goes to the error stream

    answer: dict[str, Any] = {"error": "", "kind": "", "questions": []}
    try:
        worker = copier.run_copy(
            question["template"], "out", data=question["answers"], defaults=True, quiet=True, unsafe=False
        )
        answer["questions"] = sorted(worker.template.questions_data)
    except BaseException as error:  # noqa: BLE001 - whatever a template raises is the answer
        answer["kind"] = type(error).__name__
        answer["error"] = (str(error) or type(error).__name__)[:1000]
    json.dump(answer, answers)
    answers.close()


if __name__ == "__main__":
    main()
