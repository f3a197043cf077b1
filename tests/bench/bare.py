"""The least that a task costs: the words that both baselines share."""

from tests.bench.handlers import PAYLOAD

TASK_HEADERS: dict[str, str] = {}
RESULT_HEADERS = {"Nats-Expected-Last-Subject-Sequence": "0"}
AT_ONCE = 64
"""Publishes of a submitter on their way, as many as `submit_many` has."""


def task_subject(queue: str, id: str) -> str:
    """Where a task is published."""
    return f"task.{queue}.medium.noop.{id}"


def result_subject(queue: str, id: str) -> str:
    """Where its result is stored."""
    return f"result.{queue}.noop.{id}"


def lane(queue: str) -> dict[str, object]:
    """The consumer of the baseline's tasks."""
    return {
        "durable_name": f"{queue}_medium",
        "ack_policy": "explicit",
        "filter_subject": f"task.{queue}.medium.>",
        "ack_wait": 30_000_000_000,
        "max_ack_pending": 4096,
        "max_waiting": 4096,
    }


RESULT = (
    b'{"id":"%s","queue":"bench","function":"noop","state":"completed","input":'
    + PAYLOAD
    + b',"output":null,'
    b'"error":null,"attempts":1,"worker":"w-0123456789ab","submitted_at":"2026-01-01T00:00:00.000000Z",'
    b'"started_at":"2026-01-01T00:00:00.000000Z","finished_at":"2026-01-01T00:00:00.000000Z","priority":"medium",'
    b'"parent":null,"schedule":null,"trace":null,"usage":null}'
)
"""As many bytes as our own result of the same task has."""
