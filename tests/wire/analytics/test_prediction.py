"""Predictions over NATS, from results that came by the stream; clear answers where there are few or none."""

from datetime import timedelta

import pytest

from subjects import codec, errors
from subjects.client import predictions
from subjects.errors import ErrorInfo
from subjects.model_call import ModelCall
from subjects.names import metric
from subjects.prediction import Question, Step

SIDE_BY_SIDE = "[" + ", ".join(['{"function": "a.b"}'] * 150) + "]"
FAILURE = ErrorInfo("timeout", "too slow", True)


@pytest.fixture
def results(made):
    """Sixty tasks of the last hours: those of `bad` fail two times of three, those of `good` never."""
    hour = timedelta(hours=1)
    found = []
    for number in range(60):
        bad = number % 2
        failed = {"state": "failed", "error": FAILURE} if bad and number % 3 else {}
        submitted = codec.now() - 3 * hour + timedelta(minutes=number)
        started = submitted + timedelta(milliseconds=50)
        finished = started + timedelta(seconds=4 if bad else 1)
        found.append(
            made(
                number, agent="bad" if bad else "good", submitted_at=submitted, started_at=started,
                finished_at=finished, **failed,
            )
        )  # fmt: skip
    return found


async def test_history_becomes_a_prediction_with_its_reasons(
    store, client, bus, publish, results, made, caught_up
):
    future = codec.now() + timedelta(days=3)
    await publish(*results, made(900, submitted_at=future, finished_at=future, started_at=future))
    call = ModelCall(
        "t-1",
        "text.shout",
        "bad",
        1,
        "w-1",
        "here",
        "tiny",
        "chat",
        True,
        "ok",
        10,
        10,
        0,
        0.3,
        5.0,
        codec.now(),
    )
    stored = await bus.store(metric("bad", "model_call"), codec.encode(call))
    await caught_up(store, "RESULTS", 61)
    await caught_up(store, "METRICS", stored.sequence)

    told = await predictions.predict(client, Question([Step("text.shout", agent="bad")]))
    [step] = told.steps
    assert (told.status, step.learnt.tasks) == ("ok", 60)
    assert any("future" in line for line in told.assumptions)
    assert told.success.low < 40 / 60 < told.success.high
    assert 900 < told.run_ms.p10 <= told.run_ms.p50 <= told.run_ms.p90 < 4100
    assert told.total_ms.p50 >= told.run_ms.p50
    assert told.cost.usd == pytest.approx(0.3 / 30)
    assert step.cost.tasks == 30
    sized = await predictions.predict(client, Question([Step("text.shout", model="tiny", size=20)]))
    assert sized.cost.usd == pytest.approx(0.3)
    assert not [own for own in sized.factors if own.effect == "unknown"]
    by = {(own.kind, own.effect): own for own in told.factors}
    worse = by["agent", "risk"]
    assert (
        "the agent bad fails while none of others on text.shout (20 of 30, others 0 of 30)" in worse.summary
    )
    assert worse.figures["failed"] == 20
    assert "give text.shout to good: 0 of 30 failed" in told.suggestions
    assert by["cause", "risk"].figures == {"count": 20, "failed": 20}

    many = await predictions.predict(
        client, Question([Step("text.shout", count=2), [Step("text.shout")] * 2])
    )
    assert many.success.probability < told.success.probability
    assert [own.group for own in many.steps] == [0, 1, 1]
    assert any("independent" in line for line in many.assumptions)

    [row] = (await client.query("prediction", {"function": "text.shout", "agent": "bad"}))["rows"]
    assert row[1] == told.says


async def test_too_little_history_is_said_and_not_guessed(store, client, publish, results, caught_up):
    await publish(*results[:7])
    await caught_up(store, "RESULTS", 7)
    told = await predictions.predict(client, Question([Step("text.shout")]))
    assert (told.status, told.success, told.run_ms, told.confidence) == (
        "not_enough_history",
        None,
        None,
        "none",
    )
    assert "7 of the 20 tasks" in told.says
    none = await predictions.predict(client, Question([Step("text.shuot")]))
    assert (none.status, none.steps[0].nearest) == ("no_history", ["text.shout"])
    assert "did you mean text.shout?" in none.says
    scores = (await predictions.calibration(client)).scores
    assert [own.skill.used for own in scores] == ["base_rate", "base_rate"]
    assert "too little to judge" in scores[1].skill.why
    [other] = (await predictions.calibration(client, "no.such")).scores
    assert other.skill.why == "no.such has no history"


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"agent": "a"}, "ask for a `function`"),
        ({"function": "a.b", "steps": "[]"}, "or give `steps` alone"),
        ({"steps": "[]"}, "1 to 200"),
        ({"steps": '[{"function": "a.b"}' + ',{"function": "a.b"}' * 9999 + "]"}, "not 10000"),
        ({"steps": f"[{SIDE_BY_SIDE}, {SIDE_BY_SIDE}]"}, "300 steps"),
        ({"steps": "nonsense"}, "steps"),
        ({"steps": '[{"function": "a.b", "size": -1}]'}, "size"),
        ({"steps": '[{"function": "a.b", "size": NaN}]'}, "steps"),
        ({"steps": '[{"function": "a.b", "count": 0}]'}, "count"),
        ({"steps": '[{"function": "a.b", "colour": 1}]'}, "colour"),
        ({"steps": "[[]]"}, "steps"),
        ({"function": "a.b", "size": -5}, "size"),
        ({"function": "a.b", "priority": "now"}, "priority"),
    ],
)  # fmt: skip
async def test_what_is_no_question_is_refused(store, client, asked, hint):
    with pytest.raises(errors.InvalidRequest, match=hint):
        await client.query("prediction", asked)
