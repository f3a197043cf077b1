"""What a listener may ask for, and which messages it gets."""

import pytest

from gateway.fanout.request import Narrow, Wanted
from gateway.fanout.ring import Item
from subjects import errors
from subjects.channels import BY_NAME


@pytest.mark.parametrize(
    ("channel", "filters", "subject"),
    [
        ("task_completion", {}, "result.>"),
        ("task_completion", {"id": "a"}, "result.*.*.a"),
        ("task_events", {"queue": "text", "kind": "log"}, "event.text.*.*.log"),
        ("task_progress", {"function": "shout"}, "event.*.shout.*.progress"),
        ("engine_status", {"queue": "creative"}, "metric.creative.engine_status"),
    ],
)
def test_filters_become_the_subject_that_is_read(channel, filters, subject):
    assert Narrow(BY_NAME[channel], filters).subject == subject


def test_a_filter_takes_what_its_subject_says():
    narrow = Narrow(BY_NAME["task_events"], {"id": "a"})
    assert narrow.takes(Item(1, "event.q.f.a.log", b"{}"))
    assert not narrow.takes(Item(2, "event.q.f.b.log", b"{}"))


def test_an_agent_is_a_queue_or_what_a_payload_says_of_itself():
    narrow = Narrow(BY_NAME["task_events"], {"agent": "scout", "kind": "log"})
    assert narrow.picky
    assert narrow.takes(Item(1, "event.scout.f.a.log", b"{}"))
    assert narrow.takes(Item(2, "event.text.f.a.log", b'{"message":"x","agent":"scout"}'))
    assert not narrow.takes(Item(3, "event.text.f.a.log", b'{"message":"x"}'))
    assert not narrow.takes(Item(4, "event.text.f.a.progress", b'{"agent":"scout"}'))
    # Said inside of something else, it is no agent.
    assert not narrow.takes(Item(5, "event.text.f.a.log", b'{"fields":{"agent":"scout"},"agent":null}'))
    assert not narrow.takes(Item(6, "event.text.f.a.log", b'["agent":"scout"'))


@pytest.mark.parametrize(
    ("channel", "filters"),
    [
        ("agent_status", {"agent": "scout"}),
        ("task_completion", {"kind": "log"}),
        ("task_progress", {"kind": "log"}),
        ("engine_status", {"id": "a"}),
        ("task_events", {"shoe": "42"}),
    ],
)
def test_a_filter_that_the_channel_does_not_have_is_refused(channel, filters):
    with pytest.raises(errors.InvalidRequest):
        Narrow(BY_NAME[channel], filters)


@pytest.mark.parametrize("value", ["*", ">", "a.b", "", "a b"])
def test_a_filter_cannot_widen_what_is_read(value):
    with pytest.raises(errors.InvalidId):
        Narrow(BY_NAME["task_events"], {"id": value})


def test_since_is_one_number_or_one_for_each_channel():
    assert Wanted(channel="task_events", since=3).since_of("task_events") == 3
    several = Wanted(pattern="task_*", since={"task_events": 4}, epoch={"task_events": "e"})
    assert (several.since_of("task_events"), several.since_of("task_progress")) == (4, None)
    assert (several.epoch_of("task_events"), several.epoch_of("task_progress")) == ("e", None)
