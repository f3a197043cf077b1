"""Local first, the next one where one fails, and rest for who keeps failing."""

import contextlib

import pytest

from functions import providers
from functions.providers import Budget, ModelEntry, ModelSettings, Price, Provider
from infra.model_server import Say, model_server
from subjects.errors import BudgetExceeded, ModelFailed, NoModel

from .conftest import question

FAR_THEN_NEAR = (5.0, 0.5)
"""Seconds."""


@contextlib.asynccontextmanager
async def two(**given):
    """A far provider, first in the file, and a near one."""
    async with model_server() as far, model_server() as near:
        far.answers, near.answers = [lambda _: "far"], [lambda _: "near"]
        both = (
            Provider("far", far.url, (ModelEntry("big", alias="smart"),), local=False, retries=0, timeout=5),
            Provider("near", near.url, (ModelEntry("small"),), retries=0, timeout=5),
        )
        yield far, near, ModelSettings(both, **given)


async def test_the_local_one_is_asked_first_whatever_the_order_in_the_file(asking):
    async with two() as (far, _, settings):
        assert (await asking(settings).model.ask(question("?"))).text == "near"
        assert far.asked == []


async def test_a_name_chooses_the_model(asking):
    async with two() as (_, near, settings):
        assert (await asking(settings).model.ask(question("?", model="smart"))).text == "far"
        assert near.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        Say(status=500),
        Say(status=429, retry_after=9),
        Say(wait=9),
        Say(body=b"?"),
        Say(status=400),
        Say("x", cut=3),
    ],
)
async def test_the_next_one_answers_where_one_fails(asking, fault):
    async with two() as (_, near, settings):
        near.answers = [lambda _: fault]
        # The one that hangs is not waited for; the other may be slow on a busy machine.
        quick = tuple(
            Provider(own.name, own.url, own.models, local=own.local, retries=0, timeout=patience)
            for own, patience in zip(settings.provider, FAR_THEN_NEAR, strict=True)
        )
        own = asking(ModelSettings(quick))
        reply = await own.model.ask(question("?"))
        assert (reply.text, reply.use.provider, reply.use.calls, reply.use.local) == ("far", "far", 2, False)
        assert [provider for provider, _ in own.outcomes] == ["near", "far"]


async def test_a_stream_goes_to_the_next_one_only_before_its_first_piece(asking):
    async with two() as (far, near, settings):
        near.answers = [Say("never seen", cut=0), Say("begun and left alone", cut=1)]
        own = asking(settings)
        *_, reply = [piece async for piece in own.model.stream(question("?"))]
        assert reply.text == "far"
        with pytest.raises(ModelFailed, match="near/small"):
            [piece async for piece in own.model.stream(question("?"))]
        assert len(far.asked) == 1


async def test_who_keeps_failing_is_not_asked_until_it_has_rested(asking):
    async with two(breaker=providers.Breaker(failures=2, rest=0.3)) as (_, near, settings):
        near.answers = [Say(status=500), Say(status=500), "well again"]
        own = asking(settings)
        for _ in range(4):
            assert (await own.model.ask(question("?"))).text == "far"
        assert len(near.asked) == 2
        while (reply := await own.model.ask(question("?"))).text == "far":
            pass
        assert (reply.text, len(near.asked)) == ("well again", 3)


async def test_a_bad_request_says_nothing_against_its_provider(asking):
    async with two(breaker=providers.Breaker(failures=1)) as (_, near, settings):
        near.answers = [Say(status=400), "near"]
        own = asking(settings)
        assert (await own.model.ask(question("?"))).text == "far"
        assert (await own.model.ask(question("?"))).text == "near"


async def test_what_must_stay_local_fails_rather_than_leave(asking):
    async with two() as (far, near, settings):
        near.answers = [lambda _: Say(status=500)]
        with pytest.raises(ModelFailed):
            await asking(settings).model.ask(question("?", local_only=True))
        with pytest.raises(NoModel, match="no local chat model called 'smart'"):
            await asking(settings).model.ask(question("?", local_only=True, model="smart"))
        with pytest.raises(NoModel):
            await asking(ModelSettings(settings.provider[:1], local_only=True)).model.ask(question("?"))
        assert far.asked == []


async def test_when_the_money_is_spent_the_free_one_still_answers(asking):
    async with two(budget=Budget(task_usd=0.0)) as (_, near, settings):
        dear = Provider("far", settings.provider[0].url, (ModelEntry("big", price=Price(1, 1)),), local=False)
        own = asking(ModelSettings((dear, settings.provider[1]), budget=settings.budget))
        assert (await own.model.ask(question("?"))).text == "near"
        near.answers = [lambda _: Say(status=500)]
        with pytest.raises(BudgetExceeded):
            await own.model.ask(question("?"))


async def test_elsewhere_is_asked_only_while_enough_of_the_last_answers_were_local(asking):
    async with two(local_share=0.75, local_window=4) as (far, near, settings):
        own = asking(settings)
        assert (await own.model.ask(question("?", model="smart"))).text == "far"
        with pytest.raises(ModelFailed, match="far/big is not local, and too few of the last answers were"):
            await own.model.ask(question("?", model="smart"))
        near.answers = ["near", "near", Say(status=500), "near", "near"]
        for _ in range(2):
            assert (await own.model.ask(question("?"))).text == "near"
        # The local one fails, and the others' share is used up: nobody answers, the task is to come again.
        with pytest.raises(ModelFailed) as failed:
            await own.model.ask(question("?"))
        assert failed.value.retryable
        assert (await own.model.ask(question("?"))).text == "near"
        assert (await own.model.ask(question("?", model="smart"))).text == "far"
        assert len(far.asked) == 2
