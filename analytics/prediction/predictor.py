"""Takes the questions `prediction` and `calibration`, and keeps what was learnt for a minute at most."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from analytics.catalog import Parameter, Query
from analytics.computed import Computed
from analytics.store import Store, Table
from subjects import codec, errors
from subjects.prediction import MOST_STEPS, Calibration, Prediction, Question, Step

if TYPE_CHECKING:
    from analytics.prediction.learnt import Whole

FRESH, OLDEST = 40.0, 60.0
"""Seconds: older than this it is learnt anew beside the answer; older than that, before it."""
MOST, EACH, FEWEST = 20_000, 2000, 40
"""Tasks that are looked at, of all functions; of one, at most and where functions are very many."""
LANES_FRESH = 1.0

PREDICTION = Query(
    "prediction",
    "What history says of tasks that have not run: chance of success, duration, cost, risks.",
    (
        Parameter(
            "function", "text", None, "Its full name; or `steps` instead; without any of them all functions."
        ),
        Parameter("agent", "text", None, "Who is to do it."),
        Parameter("model", "text", None, "The language model it is to use."),
        Parameter("size", "float", None, "Bytes of its input."),
        Parameter("when", "time", None, "When it is to start."),
        Parameter("priority", "text", None, "low, medium, high or critical."),
        Parameter("steps", "text", None, "Steps as JSON text, as POST /api/analytics/predict takes them."),
    ),
)
CALIBRATION = Query(
    "calibration",
    "How predictions did on history they had not seen: Brier score, reliability, coverage of intervals.",
    (Parameter("function", "text", None, "Only this one, by its full name."),),
)
QUERIES = (PREDICTION, CALIBRATION)

_FOLDER = Path(__file__).parent
_steps = msgspec.json.Decoder(list[Any])


class _Held(Struct, frozen=True):
    """What was learnt, and when by the monotonic clock."""

    whole: "Whole"
    at: float


class Predictor:
    """Answers from history. Open it with `async with Predictor(store).open()`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._history = (_FOLDER / "history.sql").read_text()
        self._functions = (_FOLDER / "functions.sql").read_text()
        self._lanes = (_FOLDER / "lanes.sql").read_text()
        self._held: _Held | None = None
        self._learning: asyncio.Task[None] | None = None
        self._seen: tuple[float, list[list[Any]]] | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Predictor"]:
        """Ready; nothing is learnt before the first question."""
        try:
            yield self
        finally:
            if self._learning is not None:
                self._learning.cancel()
                await asyncio.gather(self._learning, return_exceptions=True)

    @property
    def computed(self) -> tuple[Computed, ...]:
        """Its questions, for `Answers`."""
        return Computed(PREDICTION, self._prediction), Computed(CALIBRATION, self._calibration)

    async def predict(self, question: Question) -> Prediction:
        """What history says."""
        from analytics.prediction import answer  # noqa: PLC0415 - numpy comes with the first question

        whole = await self._whole()
        lanes = answer.lanes(await self._lanes_now())
        return await asyncio.to_thread(answer.predict, question, whole, lanes, codec.now())

    async def calibration(self, function: str | None) -> Calibration:
        """How far that can be trusted."""
        from analytics.prediction import answer  # noqa: PLC0415 - as above

        return await asyncio.to_thread(answer.calibration, await self._whole(), function)

    async def _prediction(self, values: Mapping[str, Any]) -> Table:
        columns = list(Prediction.__struct_fields__)
        if any(value is not None for value in values.values()):
            questions = [question_of(values)]
        else:
            names = sorted((await self._whole()).functions)
            questions = [Question([Step(name)]) for name in names[:MOST_STEPS]]
        rows = [list(codec.to_builtins(await self.predict(own)).values()) for own in questions]
        return Table(columns, rows)

    async def _calibration(self, values: Mapping[str, Any]) -> Table:
        from analytics.prediction.flat import flat  # noqa: PLC0415 - as above

        return flat(await self.calibration(values["function"]))

    async def _whole(self) -> "Whole":
        age = float("inf") if self._held is None else time.monotonic() - self._held.at
        if age > FRESH and (self._learning is None or self._learning.done()):
            self._learning = asyncio.create_task(self._learn(), name="prediction")
        if age > OLDEST and self._learning is not None:
            # One who gives up waiting must not take it from the others.
            await asyncio.shield(self._learning)
        assert self._held is not None
        return self._held.whole

    async def _learn(self) -> None:
        from analytics.prediction import answer  # noqa: PLC0415 - as above

        began, now = time.monotonic(), codec.now()
        [[functions, future]] = (await self._store.query(self._functions, {"now": _plain(now)})).rows
        each = min(EACH, max(FEWEST, MOST // max(functions, 1)))
        values = {"now": _plain(now), "most": MOST, "each": each}
        rows = (await self._store.query(self._history, values)).rows
        self._held = _Held(await asyncio.to_thread(answer.learn, rows, now, int(future)), began)

    async def _lanes_now(self) -> list[list[Any]]:
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] > LANES_FRESH:
            rows = (await self._store.query(self._lanes, {"now": _plain(codec.now())})).rows
            self._seen = now, rows
        return self._seen[1]


def question_of(values: Mapping[str, Any]) -> Question:
    """The question in the parameters of the query; InvalidRequest where it is none."""
    own = {
        name: values[name]
        for name in ("function", "agent", "model", "size", "when")
        if values[name] is not None
    }
    if "when" in own:
        own["when"] = own["when"].replace(tzinfo=UTC)
    text = values["steps"]
    if (text is None) == ("function" not in own) or (text is not None and own):
        raise errors.InvalidRequest("ask for a `function` (agent, model, size, when), or give `steps` alone")
    steps = [own] if text is None else steps_of(text.encode())
    try:
        question = msgspec.convert({"steps": steps, "priority": values["priority"]}, Question)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(str(error)) from None
    count = sum(1 if isinstance(entry, Step) else len(entry) for entry in question.steps)
    if count > MOST_STEPS:
        raise errors.InvalidRequest(f"{count} steps are too many: at most {MOST_STEPS}; `count` repeats one")
    return question


def steps_of(text: bytes) -> list[Any]:
    """Steps from JSON text; InvalidRequest where they are no list, or too many to look at."""
    try:
        steps = codec.decode(text, _steps)
    except errors.RevoError as error:
        raise errors.InvalidRequest(f"steps: {error.message}") from None
    if not 0 < len(steps) <= MOST_STEPS:
        raise errors.InvalidRequest(
            f"steps: 1 to {MOST_STEPS} are taken, not {len(steps)}; `count` repeats one"
        )
    return steps


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
