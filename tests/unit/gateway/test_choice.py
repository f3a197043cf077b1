"""Who is chosen, and by what: each rule alone, their order, ties, and who cannot be chosen."""

import pytest
from msgspec import structs

from gateway.choice import ORDER, Candidate, choose
from subjects import codec
from subjects.agents import AgentView, ChoiceRequest


def view(id, **facts):
    plain = AgentView(
        id=id,
        queue=id,
        origin="registered",
        name=id,
        description="",
        capabilities=["text.shout"],
        status="idle",
        running=0,
        queued=0,
        workers=1,
        response_ms=100.0,
        success_rate=99.0,
        throughput=1.0,
        current=[],
        updated_at=codec.from_ns(0),
    )
    return structs.replace(plain, **facts)


def candidate(id, tasks=10, cost=0.01, local=None, **facts):
    return Candidate(view(id, **facts), tasks, cost, local)


ASKED = ChoiceRequest(["text.shout"])


@pytest.mark.parametrize(
    ("criterion", "better", "worse"),
    [
        ("status", {"status": "idle"}, {"status": "processing"}),
        ("status", {"status": "processing"}, {"status": "overloaded"}),
        ("status", {"status": "overloaded"}, {"status": "error"}),
        ("response", {"response_ms": 100.0}, {"response_ms": 200.0}),
        ("response", {"response_ms": 9000.0}, {"response_ms": None}),
        ("success", {"success_rate": 99.0}, {"success_rate": 90.0}),
        ("success", {"success_rate": 10.0}, {"success_rate": None}),
        ("load", {"queued": 4, "workers": 4}, {"queued": 4, "workers": 1}),
        ("load", {"running": 1}, {"queued": 3}),
        ("history", {"tasks": 1000}, {"tasks": 10}),
        ("history", {"tasks": 1}, {"tasks": 0}),
        ("history", {"tasks": 0}, {"tasks": None}),
        ("cost", {"cost": 0.0}, {"cost": 0.001}),
        ("cost", {"cost": 0.01}, {"cost": 0.02}),
        ("cost", {"cost": 5.0}, {"cost": None}),
        ("local", {"local": True}, {"local": False}),
        ("local", {"local": None}, {"local": False}),
    ],
)
def test_each_rule_alone_decides(criterion, better, worse):
    # The better one has the later id: nothing else speaks for it.
    choice = choose(ASKED, [candidate("a", **worse), candidate("b", **better)])
    assert (choice.agent, choice.decided_by) == ("b", criterion)


@pytest.mark.parametrize("place", range(len(ORDER) - 1))
def test_an_earlier_rule_counts_more_than_all_later_ones(place):
    good = {
        "status": "idle",
        "response_ms": 1.0,
        "success_rate": 100.0,
        "queued": 0,
        "tasks": 10_000,
        "cost": 0.0,
    }
    bad = {"status": "error", "response_ms": 9e9, "success_rate": 0.0, "queued": 99, "tasks": 0, "cost": 9.0}
    keys = list(good)
    earlier = {key: good[key] for key in keys[:place]}
    one = candidate(
        "z",
        **earlier,
        **{keys[place]: good[keys[place]]},
        **{key: bad[key] for key in keys[place + 1 :]},
        local=False,
    )
    other = candidate(
        "a",
        **earlier,
        **{keys[place]: bad[keys[place]]},
        **{key: good[key] for key in keys[place + 1 :]},
        local=True,
    )
    choice = choose(ASKED, [one, other])
    assert (choice.agent, choice.decided_by) == ("z", ORDER[place])


def test_a_small_difference_is_none():
    slower, better = candidate("a", response_ms=101.0), candidate("b", response_ms=100.0, tasks=500)
    assert choose(ASKED, [slower, better]).decided_by == "history"


def test_equal_in_everything_the_first_id_is_taken_and_that_is_said():
    choice = choose(ASKED, [candidate("b"), candidate("a")])
    assert (choice.agent, choice.decided_by) == ("a", None)
    assert "equal in everything" in choice.why


def test_what_is_preferred_counts_first():
    cheap, quick = candidate("cheap", cost=0.0, response_ms=900.0), candidate("quick", response_ms=9.0)
    assert choose(ASKED, [cheap, quick]).agent == "quick"
    choice = choose(ChoiceRequest(["text.shout"], prefer=["cost"]), [cheap, quick])
    assert (choice.agent, choice.decided_by) == ("cheap", "cost")
    assert [reason.criterion for reason in choice.candidates[0].reasons] == [
        "cost",
        *[c for c in ORDER if c != "cost"],
    ]


def test_who_cannot_take_a_task_is_named_with_the_reason():
    request = ChoiceRequest(["text.shout"], exclude=["c"])
    choice = choose(
        request, [candidate("a", status="offline"), candidate("b", status="stopped"), candidate("c")]
    )
    assert choice.agent is None
    assert [(one.agent, one.why) for one in choice.excluded] == [
        ("a", "is offline"),
        ("b", "is stopped"),
        ("c", "excluded by the request"),
    ]
    assert choose(ASKED, []).why == "nobody can do text.shout"


def test_the_reasons_carry_the_figures():
    choice = choose(ASKED, [candidate("a", cost=None, queued=3)])
    figures = {reason.criterion: reason.figure for reason in choice.candidates[0].reasons}
    assert figures == {
        "status": "idle", "response": 100.0, "success": 99.0, "load": 3.0, "history": 10, "cost": None,
        "local": None,
    }  # fmt: skip
    assert choice.why == "a is the only one"
    assert codec.decode(codec.encode(choice))["candidates"][0]["reasons"][5]["rank"] is None
