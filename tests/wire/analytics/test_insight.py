"""How agents do, as a hand computes it: from results, model calls and ratings that came over the wire."""

from datetime import timedelta

import msgspec
import pytest

from subjects import codec, names
from subjects.client import ratings
from subjects.errors import ErrorInfo
from subjects.feedback import Feedback, Rating
from subjects.insight import AgentInsight
from tests.wire.analytics.test_models import call

BROKEN = ErrorInfo("timeout", "too late", True)


class Past:
    """Results of the last days, one after the other."""

    def __init__(self, made):
        self.results = []
        self.published = 0
        self._made = made

    def add(self, count, function="text.shout", *, days=1.0, took=100.0, bad=0, **more):
        """So many tasks that took so many milliseconds; the first `bad` of them failed."""
        queue, name = function.split(".")
        for number in range(count):
            submitted = codec.now() - timedelta(days=days) + timedelta(milliseconds=number)
            state = "failed" if number < bad else "completed"
            own = {
                "queue": queue,
                "function": name,
                "state": state,
                "error": BROKEN if state == "failed" else None,
                "started_at": submitted + timedelta(milliseconds=took / 2),
                "finished_at": submitted + timedelta(milliseconds=took),
                **more,
            }
            self.results.append(self._made(len(self.results), submitted_at=submitted, **own))
        return self.results[-count:]


@pytest.fixture
def past(made):
    return Past(made)


@pytest.fixture
def told(store, client, publish, caught_up, past):
    """Publishes the past, and asks for the agents by name."""

    async def ask(**given):
        await publish(*past.results[past.published :])
        past.published = len(past.results)
        await caught_up(store, "RESULTS", len(past.results))
        answer = await client.query("agent_insight", given)
        rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        return {(own.agent, own.origin): own for own in (msgspec.convert(row, AgentInsight) for row in rows)}

    return ask


async def test_a_queue_and_a_registered_agent_are_told_with_their_counts(told, past):
    past.add(20, bad=2)
    past.add(30, agent="ann", bad=15, took=200.0)
    past.add(1, state="canceled")
    past.add(5, "coordinator.orchestrate")
    found = await told()
    assert list(found) == [("text", "announced"), ("ann", "registered")]
    text, ann = found["text", "announced"], found["ann", "registered"]
    assert (text.tasks, text.success.count, text.success.percent) == (50, 33, 66.0)
    assert (ann.success.percent, ann.success.interval, ann.success.enough) == (50.0, [33.2, 66.8], True)
    assert (ann.response_ms.p50, ann.response_ms.count, ann.response_ms.p50_interval) == (200, 15, [200, 200])
    # p95 of fifteen: a longer one may well exist.
    assert (ann.response_ms.p95, ann.response_ms.p95_interval) == (200, [200, None])
    [first] = [one for one in ann.recommendations if one.rule == "success_below_threshold"]
    assert (first.figures["threshold"], first.figures["mostly"]) == (85.0, "timeout")
    others = ann.work[0].others
    assert (ann.work[0].function, others.count, others.of) == ("text.shout", 18, 20)
    assert (await told(agent="ann")).keys() == {("ann", "registered")}


async def test_an_agent_that_does_one_thing_well_is_a_specialist(told, past):
    for name in ("shout", "sing", "hum", "say"):
        past.add(25, f"text.{name}", agent="all", bad=10)
    past.add(40, "text.sing", agent="one")
    found = await told()
    one, every = (found[name, "registered"].specialization for name in ("one", "all"))
    assert (one.score, one.functions, one.known, one.most) == (1.0, 1, 4, "text.sing")
    assert (every.score, every.most_percent) == (0.0, 25.0)
    assert one.advantage is not None
    assert one.advantage_interval is not None
    low, high = one.advantage_interval
    # Others reach 15 of 25, all 55 of 65; ten of the common rate beside theirs: 23.5 of 35.
    assert one.advantage == 33.0
    assert 10 < low < one.advantage < high < 60
    assert one.compared == 40
    rules = [told.rule for told in found["all", "registered"].recommendations]
    assert "others_do_it_better" in rules
    assert (
        found["text", "announced"].specialization.note
        == "nobody else does its functions often enough to compare"
    )


async def test_cost_is_null_as_soon_as_one_price_is_unknown_and_failures_are_paid_for(
    told, past, bus, store, caught_up
):
    rich = past.add(20, agent="rich", bad=10)
    dark = past.add(10, agent="dark")
    stored = None
    for result in rich:
        told_of = call(0, task=result.id, usd=0.5, local=False)
        stored = await bus.store(names.metric("w-1", "model_call"), codec.encode(told_of))
    stored = await bus.store(
        names.metric("w-1", "model_call"), codec.encode(call(0, task=dark[0].id, usd=None))
    )
    await caught_up(store, "METRICS", stored.sequence)
    found = await told()
    cost = found["rich", "registered"].cost
    assert (cost.usd_per_task, cost.usd, cost.usd_failed, cost.asked) == (0.5, 10.0, 5.0, 20)
    assert (found["dark", "registered"].cost.usd, found["dark", "registered"].cost.unpriced) == (None, 1)
    assert "pays_for_failures" in [one.rule for one in found["rich", "registered"].recommendations]


async def test_ratings_count_once_for_each_user_and_task(told, past, bus, client, store, caught_up):
    results = past.add(12, agent="ann")
    await told()
    for user, score in (("eva", 1), ("eva", 5), ("udo", 4)):
        await ratings.give(bus, results[0].id, Rating(score=score, user=user))
    given = await ratings.give(bus, results[1].id, Rating(thumb="down", comment="no"))
    assert given == Feedback(results[1].id, "text.shout", "ann", "completed", "anonymous", 1, "no", given.at)
    # Somebody else's subject, and a score that is none.
    for wrong in ({"task": "other"}, {"score": 9}):
        bad = {**codec.to_builtins(given), **wrong}
        stored = await bus.store(names.metric(results[1].id, "feedback"), codec.encode(bad))
    await caught_up(store, "METRICS", stored.sequence)
    found = await told()
    for who in (("ann", "registered"), ("text", "announced")):
        own = found[who].satisfaction
        assert (own.mean, own.satisfied.count, own.satisfied.of) == (3.33, 2, 3)
        assert own.note == "3 ratings: not enough to conclude from"
    rows = (await client.query("ratings", {"agent": "ann"}))["rows"]
    assert [(row[3], row[4], row[5]) for row in rows] == [
        ("anonymous", 1, "no"),
        ("udo", 4, ""),
        ("eva", 5, ""),
    ]
    assert len((await client.query("quarantine"))["rows"]) == 2


async def test_without_ratings_models_or_joint_work_there_is_a_note_and_no_number(told, past):
    past.add(3)
    own = (await told())["text", "announced"]
    assert (own.satisfaction.mean, own.satisfaction.note) == (None, "no ratings")
    assert (own.collaboration.effectiveness, own.collaboration.joint.percent) == (None, None)
    assert (own.specialization.score, own.success.enough) == (None, False)
    assert own.trend.success.verdict == "not enough"
    assert own.recommendations == []


async def test_joint_work_is_held_against_what_its_parts_do_alone(told, past):
    past.add(20, "one.part", bad=2)
    past.add(20, "two.part", bad=4)
    for number in range(10):
        [whole] = past.add(1, "boss.lead", bad=number < 4, agent="boss")
        past.add(1, "one.part", parent=whole.id, took=100.0, agent="boss")
        # Submitted 50 ms after the first part ended; it waits 50 ms more.
        past.add(1, "two.part", parent=whole.id, days=1 - 0.15 / 86_400, took=100.0, agent="boss")
    found = await told()
    for who in (("one", "announced"), ("boss", "registered")):
        own = found[who].collaboration
        # 0.9 * 0.8 of them should complete, six in ten did.
        assert (own.joint.count, own.joint.of, own.expected, own.compared) == (6, 10, 72.0, 10)
        assert own.effectiveness == -12.0
        assert own.effectiveness_interval == [pytest.approx(-40.7), pytest.approx(11.2)]
    assert found["one", "announced"].collaboration.partners == ["two"]
    assert found["one", "announced"].collaboration.handover.count == 0
    handover = found["two", "announced"].collaboration.handover
    assert handover.count == 10
    assert handover.p50 == pytest.approx(100, abs=20)


async def test_a_period_is_compared_with_the_one_before(told, past):
    past.add(100, days=10, took=100.0)
    past.add(100, days=1, took=150.0, bad=40)
    own = (await told())["text", "announced"]
    assert (own.trend.tasks, own.trend.tasks_before) == (100, 100)
    assert (own.trend.success.verdict, own.trend.success.change) == ("worse", -40.0)
    assert (own.trend.response.verdict, own.trend.response.change) == ("worse", 1.5)
    [advice] = [one for one in own.recommendations if one.rule == "worse_than_before"]
    assert advice.figures.keys() == {"success", "response"}


async def test_the_local_share_is_told_day_by_day_with_its_target(client, bus, store, caught_up):
    for number in range(20):
        own = call(number, local=number > 0, usd=0.1 if number == 0 else 0.0)
        stored = await bus.store(names.metric("w-1", "model_call"), codec.encode(own))
    await caught_up(store, "METRICS", stored.sequence)
    answer = await client.query("local_share")
    [row] = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    assert (row["answered"], row["local"], row["percent"], row["reached"]) == (20, 19, 95.0, True)
    assert (round(row["low"], 1), round(row["high"], 1), row["usd_elsewhere"]) == (76.4, 99.1, 0.1)
    strict = await client.query("local_share", {"target": 99})
    assert strict["rows"][0][strict["columns"].index("reached")] is False
