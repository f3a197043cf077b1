"""Answers from what is learnt: loaded with numpy when the first question comes."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import structs

from analytics.prediction.lane import Lane, lanes
from analytics.prediction.learnt import Whole, learn
from analytics.prediction.scores import calibration
from analytics.prediction.step import Asked, Parts, parts
from analytics.prediction.total import total
from subjects import codec
from subjects.prediction import Prediction, Question, Step

__all__ = ["calibration", "lanes", "learn", "predict"]


def predict(question: Question, whole: Whole, seen: Mapping[str, Lane], now: datetime) -> Prediction:
    """What history says of the steps."""
    asked: list[Asked] = []
    known: dict[bytes, Parts] = {}
    sided: set[int] = set()
    for place, entry in enumerate(question.steps):
        if not isinstance(entry, Step):
            sided.add(place)
        for step in (entry,) if isinstance(entry, Step) else entry:
            lane = seen.get(step.function.partition(".")[0])
            asked.append(Asked(step, place, lane, question.priority, now))
    return total([_own(own, whole, known) for own in asked], whole, sided=frozenset(sided))


def _own(asked: Asked, whole: Whole, known: dict[bytes, Parts]) -> Parts:
    """The answer for one step; equal steps are worked out once."""
    key = codec.encode(asked.step)
    if key not in known:
        known[key] = parts(asked, whole)
    told = structs.replace(known[key].told, group=asked.group)
    return structs.replace(known[key], told=told)
