"""Says what somebody thought of a task's result, so that analytics hears of it."""

import re

from subjects import codec, errors, names
from subjects.bus import Bus
from subjects.client import lookup
from subjects.feedback import KIND, THUMBS, Feedback, Rating
from subjects.messages import FINAL

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")


async def give(bus: Bus, task: str, rating: Rating) -> Feedback:
    """The rating as it is stored. Of one user and task the newest counts.

    InvalidRequest where it says nothing, NotFound without the task, Conflict before the task has ended.
    """
    score = _score(rating)
    view = await lookup.view(bus, names.token(task))
    result = view.result
    if result is None or view.state not in FINAL:
        raise errors.Conflict(f"task {task} is {view.state}: rate what has ended")
    user = _UNSAFE.sub(" ", rating.user).strip()
    if not user:
        raise errors.InvalidRequest("who rates? `user` is empty")
    feedback = Feedback(
        task=result.id,
        function=f"{result.queue}.{result.function}",
        agent=result.agent,
        state=result.state,
        user=user,
        score=score,
        comment=codec.text(rating.comment, 2000),
        at=codec.now(),
    )
    await bus.store(names.metric(result.id, KIND), codec.encode(feedback))
    return feedback


def _score(rating: Rating) -> int:
    if (rating.score is None) == (rating.thumb is None):
        raise errors.InvalidRequest("give a `score` from 1 to 5, or a `thumb` up or down")
    return rating.score if rating.score is not None else THUMBS[rating.thumb or "up"]
