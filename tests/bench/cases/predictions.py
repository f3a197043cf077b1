"""Predictions from history: how long learning takes, beside one plain count, and how soon one is told."""

import tempfile
import time
from pathlib import Path

from analytics.prediction import Predictor
from analytics.settings import AnalyticsSettings
from analytics.store import Statement, Store
from subjects.prediction import Question, Step
from tests.bench.figures import Goal, Row, Scale, percentile, sample

FUNCTIONS = 25
FILL = """
INSERT INTO tasks BY NAME
SELECT
    't' || i AS id, 'bench' AS queue, 'f' || (i % $functions) AS function,
    if(hash(i) % 100 < 5 + 5 * (i % 7), 'failed', 'completed') AS state, 'medium' AS priority, 1 AS attempts,
    now()::TIMESTAMP - to_seconds($tasks - i) AS submitted_at, submitted_at AS started_at,
    submitted_at AS finished_at, hash(i + 1) % 1000 AS queue_ms, 500 + hash(i + 2) % 1000 AS run_ms,
    2000 AS total_ms, 'a' || (i % 7) AS agent,
    'p' || (i // 4) AS parent, 100 * (1 + hash(i + 3) % 10000) AS input_bytes, i AS stream_seq
FROM range($tasks) AS all_of_them(i)
"""
PLAIN = "SELECT queue, function, count(*), avg(run_ms) FROM tasks GROUP BY queue, function"


async def run(scale: Scale) -> list[Row]:
    """Milliseconds to learn from a table of a million tasks, and to answer when that is done."""
    tasks = scale.of(1_000_000, 100_000)
    learning, plain, told, many = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        settings = AnalyticsSettings(file=Path(folder) / "a.duckdb")
        async with Store.open(settings) as store:
            await store.execute(Statement(FILL, {"tasks": tasks, "functions": FUNCTIONS}))
            for _ in range(scale.of(5, 2)):
                async with Predictor(store).open() as predictor:
                    began = time.perf_counter()
                    await store.query(PLAIN)
                    plain.append(_ms(began))
                    began = time.perf_counter()
                    await predictor.predict(_question(0))
                    learning.append(_ms(began))
                    told += [
                        await _timed(predictor, _question(number)) for number in range(scale.of(200, 50))
                    ]
                    many.append(await _timed(predictor, Question([_step(number) for number in range(200)])))
    return [
        Row(
            "predictions",
            f"history of {tasks:,} tasks learnt, first answer",
            "ms",
            sample(learning),
            "one count of the table",
            sample(plain),
            Goal("value", "at most", 1000.0),
        ),
        Row("predictions", "one step, warm, p50", "ms", sample([percentile(told, 50)])),
        Row(
            "predictions",
            "one step, warm, p95",
            "ms",
            sample([percentile(told, 95)]),
            goal=Goal("value", "at most", 50.0),
        ),
        Row("predictions", "200 steps, warm", "ms", sample(many)),
    ]


def _step(number: int) -> Step:
    return Step(f"bench.f{number % FUNCTIONS}", agent=f"a{number % 7}", size=float(10 ** (2 + number % 5)))


def _question(number: int) -> Question:
    return Question([_step(number)])


async def _timed(predictor: Predictor, question: Question) -> float:
    began = time.perf_counter()
    await predictor.predict(question)
    return _ms(began)


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
