"""Asks analytics what history says of work that has not been done, and how far that can be trusted."""

from typing import Any

import msgspec

from subjects import codec, errors
from subjects.client.client import Client
from subjects.prediction import Bin, Calibration, Prediction, Question, Score, Skill

ALL = "all"
"""The part of a row that is a score; other parts are bins."""


async def predict(client: Client, question: Question, within: float = 10.0) -> Prediction:
    """The prediction; Unavailable where analytics does not answer."""
    steps = codec.encode(question.steps).decode()
    [row] = await _rows(client, "prediction", {"steps": steps, "priority": question.priority}, within)
    return msgspec.convert(row, Prediction)


async def calibration(client: Client, function: str | None = None, within: float = 10.0) -> Calibration:
    """Scores and reliability, of all functions or of one; Unavailable where analytics does not answer."""
    rows = await _rows(client, "calibration", {"function": function}, within)
    scores = [_score(row) for row in rows if row["part"] == ALL]
    return Calibration(scores, [_bin(row) for row in rows if row["part"] != ALL])


async def _rows(client: Client, name: str, asked: dict[str, Any], within: float) -> list[dict[str, Any]]:
    try:
        answer = await client.query(name, asked, within)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    if not answer["rows"]:
        raise errors.ResultTooLarge("the answer is larger than a message: ask for fewer steps")
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def _score(row: dict[str, Any]) -> Score:
    return msgspec.convert({**row, "skill": msgspec.convert(row, Skill)}, Score)


def _bin(row: dict[str, Any]) -> Bin:
    return msgspec.convert({**row, "count": row["judged"]}, Bin)
