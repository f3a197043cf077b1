"""What people thought of results, as rows of `feedback`."""

from datetime import datetime

from msgspec import Struct
from msgspec.json import Decoder

from analytics.rows.line import Origin, cut, utc
from subjects import codec, errors, names
from subjects.feedback import Feedback


class FeedbackRow(Struct):
    """A row of `feedback`: one rating; of one rater and task the newest counts."""

    task: str
    queue: str
    function: str
    agent: str | None
    state: str
    rater: str
    score: int
    comment: str
    rated_at: datetime
    stream_seq: int


_decoder = Decoder(Feedback)


def rated(origin: Origin, data: bytes, host: str, kind: str) -> tuple[str, Struct]:
    """The row for a rating."""
    del kind
    told = codec.decode(data, _decoder)
    if told.task != host:
        raise errors.InvalidInput(f"a rating of task {told.task} on another's subject")
    queue, function = names.split_function(told.function)
    return "feedback", FeedbackRow(
        told.task,
        queue,
        function,
        told.agent,
        told.state,
        told.user,
        told.score,
        cut(told.comment) or "",
        utc(told.at),
        origin.sequence,
    )
