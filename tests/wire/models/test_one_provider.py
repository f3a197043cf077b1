"""One provider, asked over a real socket: what works, and every way in which it does not."""

import asyncio

import msgspec
import pytest
from msgspec import Struct

from functions.ports import Prompt, Reply, Tool, Turn
from functions.providers import Budget, ModelEntry, Price
from infra.model_server import Say
from infra.model_server import model_server as model_server_
from subjects.errors import BudgetExceeded, ModelFailed, NoModel

from .conftest import question


async def test_an_answer_comes_with_what_it_took(asking, model_server):
    model_server.answers = [Say("Paris", tokens=(20, 3), cached=8)]
    own = asking(model_server.settings(key_env="SOME_KEY"), SOME_KEY="k-1")
    reply = await own.model.ask(question("The capital of France?", temperature=0.0, max_tokens=50))
    assert (reply.text, reply.finish, reply.calls) == ("Paris", "stop", [])
    use = reply.use
    assert (use.provider, use.name, use.local, use.usd) == ("scripted", "scripted", True, 0.0)
    assert (use.input_tokens, use.output_tokens, use.cached_tokens, use.calls) == (20, 3, 8, 1)
    asked = model_server.asked[0]
    assert (asked.key, asked.prompt) == ("k-1", "The capital of France?")
    assert (asked.body["max_tokens"], asked.body["temperature"]) == (50, 0.0)
    assert own.model.used == use == own.told[-1]
    assert own.calls[0].task == "t-1"
    assert own.outcomes == [("scripted", "ok")]


async def test_a_stream_brings_pieces_and_then_the_whole(asking, model_server):
    model_server.answers = ["A sentence in several pieces."]
    own = asking(model_server.settings())
    pieces = [piece async for piece in own.model.stream(question("Go"))]
    *texts, reply = pieces
    assert isinstance(reply, Reply)
    assert len(texts) > 2
    assert "".join(texts) == reply.text == "A sentence in several pieces."
    assert (reply.use.input_tokens, reply.use.output_tokens) == (11, 7)


async def test_calls_of_tools_come_whole_and_as_a_stream_and_are_answered(asking, model_server):
    model_server.answers = [
        Say(calls=(("weather", {"city": "Köln"}), ("clock", {}))),
        Say(calls=(("weather", {"city": "Köln"}),)),
        "Rain.",
    ]
    own = asking(model_server.settings())
    tool = Tool(
        "weather", "The weather of a city.", {"type": "object", "properties": {"city": {"type": "string"}}}
    )
    prompt = question("Weather?", tools=[tool])
    whole = await own.model.ask(prompt)
    assert [call.name for call in whole.calls] == ["weather", "clock"]
    assert msgspec.json.decode(whole.calls[0].arguments) == {"city": "Köln"}
    *_, streamed = [piece async for piece in own.model.stream(prompt)]
    assert streamed.calls == whole.calls[:1]
    turns = [*prompt.turns, Turn("assistant", "", whole.calls[:1]), Turn("tool", "rain", call="call-0")]
    assert (await own.model.ask(Prompt(turns, tools=[tool]))).text == "Rain."
    said = model_server.asked[2].body["messages"]
    assert said[1]["tool_calls"][0]["function"]["name"] == "weather"
    assert said[2] == {"role": "tool", "content": "rain", "tool_call_id": "call-0"}


class Verdict(Struct, forbid_unknown_fields=True):
    good: bool
    why: str


async def test_a_typed_answer_is_asked_with_its_schema(asking, model_server):
    model_server.answers = ['{"good": true, "why": "short"}']
    own = asking(model_server.settings())
    value, _ = await own.model.fill(question("Good?"), Verdict)
    assert value == Verdict(good=True, why="short")
    form = model_server.asked[0].body["response_format"]
    assert form["json_schema"]["strict"]
    assert form["json_schema"]["schema"]["additionalProperties"] is False


async def test_a_wrong_answer_is_repaired_once_and_both_calls_are_counted(asking, model_server):
    model_server.answers = ['{"good": "maybe"}', 'So:\n```json\n{"good": false, "why": "long"}\n```']
    own = asking(model_server.settings())
    value, reply = await own.model.fill(question("Good?"), Verdict)
    assert (value.good, reply.use.calls) == (False, 2)
    repair = model_server.asked[1].body["messages"]
    assert repair[1] == {"role": "assistant", "content": '{"good": "maybe"}'}
    assert "Expected `bool`" in repair[2]["content"]


@pytest.mark.parametrize(
    "nonsense", ["I would rather not", '{"good": 1}', "", '{"good": true, "why": "x", "do": "rm"}']
)
async def test_nonsense_twice_is_model_failed(asking, model_server, nonsense):
    model_server.answers = [lambda _: nonsense]
    own = asking(model_server.settings())
    with pytest.raises(ModelFailed, match="form that was asked for"):
        await own.model.fill(question("Good?"), Verdict)
    assert len(model_server.asked) == 2


async def test_a_model_without_schemas_gets_the_schema_in_words(asking, model_server):
    model_server.answers = ['{"good": true, "why": "w"}']
    own = asking(model_server.settings(models=(ModelEntry("plain", structured=False),)))
    await own.model.fill(question("Good?"), Verdict)
    body = model_server.asked[0].body
    assert "response_format" not in body
    assert '"good"' in body["messages"][-1]["content"]


async def test_a_script_that_raises_fails_its_test(asking):
    def objects(asked):
        raise ZeroDivisionError(asked.prompt)

    opened = model_server_(objects)
    server = await opened.__aenter__()
    with pytest.raises(ModelFailed):
        await asking(server.settings(retries=0)).model.ask(question("Go"))
    with pytest.raises(ZeroDivisionError, match="Go"):
        await opened.__aexit__(None, None, None)


async def test_texts_become_vectors(asking, model_server):
    own = asking(model_server.settings())
    assert own.model.embeds
    found = await own.model.embed(["one", "two", "one"])
    assert found.vectors[0] == found.vectors[2] != found.vectors[1]
    assert found.use.name == "scripted-vectors"
    assert own.calls[0].kind == "embedding"


async def test_many_texts_are_several_calls_to_one_model(asking, model_server):
    own = asking(model_server.settings())
    texts = [f"text {number}" for number in range(600)]
    found = await own.model.embed(texts)
    assert [len(asked.body["input"]) for asked in model_server.asked] == [256, 256, 88]
    assert len(found.vectors) == 600
    assert found.vectors[599] == (await own.model.embed([texts[599]])).vectors[0]
    assert found.use.calls == 3


async def test_too_many_requests_are_tried_again_when_the_provider_says(asking, model_server):
    model_server.answers = [Say(status=429, retry_after=0.15), Say(status=429, retry_after=0.15), "now"]
    own = asking(model_server.settings())
    reply = await own.model.ask(question("?"))
    assert (reply.text, reply.use.calls) == ("now", 3)
    assert own.outcomes == [("scripted", "rate_limited"), ("scripted", "rate_limited"), ("scripted", "ok")]


async def test_a_long_wait_is_not_waited_for_and_the_provider_is_left_alone(asking, model_server):
    model_server.answers = [Say(status=429, retry_after=60)]
    own = asking(model_server.settings())
    async with asyncio.timeout(3):
        with pytest.raises(ModelFailed, match="HTTP 429"):
            await own.model.ask(question("?"))
        with pytest.raises(ModelFailed, match=r"rests for (59|60) s"):
            await own.model.ask(question("?"))
    assert len(model_server.asked) == 1


@pytest.mark.parametrize(
    ("say", "said", "calls"),
    [
        (Say(status=500, text="out of order"), "HTTP 500.*out of order", 3),
        (Say(status=401, text="wrong key k-secret-1"), "HTTP 401", 1),
        (Say(status=400, text="too long"), "HTTP 400", 1),
        (Say(body=b"<html>busy</html>"), "no completion", 1),
        (Say(body=b'{"hello": 1}'), "no completion", 1),
        (Say(body=b'{"choices": []}'), "no choices", 1),
        (Say("half of it", cut=20), "RemoteProtocolError", 3),
        (Say(calls=(("run", "{not json"),)), "no JSON", 1),
    ],
)
async def test_what_is_no_answer_is_model_failed_and_never_shows_the_key(
    asking, model_server, say, said, calls
):
    model_server.answers = [lambda _: say]
    own = asking(model_server.settings(key_env="K"), K="k-secret-1")
    with pytest.raises(ModelFailed, match=said) as caught:
        await own.model.ask(question("?"))
    assert len(model_server.asked) == calls
    assert "k-secret-1" not in caught.value.message


async def test_a_slow_model_is_given_up_in_time(asking, model_server):
    model_server.answers = [lambda _: Say("late", wait=30)]
    own = asking(model_server.settings(timeout=0.3))
    async with asyncio.timeout(3):
        with pytest.raises(ModelFailed, match=r"no answer within 0\.3 s"):
            await own.model.ask(question("?"))
    assert own.outcomes == [("scripted", "timeout")]


async def test_no_more_questions_at_once_than_the_provider_takes(asking, model_server):
    model_server.answers = [lambda _: Say("fine", wait=0.4)]
    own = asking(model_server.settings(parallel=2, timeout=1.4, retries=0))
    replies = await asyncio.gather(*(own.model.ask(question("?")) for _ in range(8)))
    assert [reply.text for reply in replies] == ["fine"] * 8
    assert model_server.most_at_once == 2


async def test_a_stream_that_is_cut_off_is_an_error_and_its_pieces_are_counted(asking, model_server):
    model_server.answers = [lambda _: Say("a long answer that is cut off", cut=2)]
    own = asking(model_server.settings())
    stream = own.model.stream(question("?"))
    assert await anext(stream) + await anext(stream) == "a long answer th"
    with pytest.raises(ModelFailed, match="cut off"):
        await anext(stream)
    assert own.outcomes == [("scripted", "cut")]
    assert own.calls[0].estimated
    assert own.calls[0].output_tokens > 0


async def test_who_stops_listening_is_written_down_as_canceled(asking, model_server):
    model_server.answers = ["a long answer that nobody wants"]
    own = asking(model_server.settings())
    stream = own.model.stream(question("?"))
    assert await anext(stream) == "a long a"
    await stream.aclose()
    assert own.outcomes == [("scripted", "canceled")]


async def test_nobody_at_the_address_is_unreachable(asking, model_server):
    own = asking(model_server.settings(url="http://127.0.0.1:9/v1", retries=1))
    with pytest.raises(ModelFailed, match="ConnectError"):
        await own.model.ask(question("?"))
    assert own.outcomes == [("scripted", "unreachable")] * 2


async def test_a_missing_key_is_said_by_the_name_of_its_variable(asking, model_server):
    own = asking(model_server.settings(key_env="NOT_SET_ANYWHERE"))
    with pytest.raises(ModelFailed, match="variable NOT_SET_ANYWHERE"):
        await own.model.ask(question("?"))
    assert model_server.asked == []


async def test_a_name_that_no_model_has_is_answered_with_those_that_there_are(asking, model_server):
    own = asking(model_server.settings())
    with pytest.raises(NoModel, match=r"called 'gpt-9'.*there are scripted"):
        await own.model.ask(question("?", model="gpt-9"))


async def test_a_budget_stops_before_the_call_and_shortens_the_answer(asking, model_server):
    model_server.answers = [lambda _: Say("fine", tokens=(60, 30))]
    own = asking(model_server.settings(budget=Budget(task_tokens=150)))
    await own.model.ask(question("?"))
    assert 0 < model_server.asked[0].body["max_tokens"] < 150
    await own.model.ask(question("?"))
    with pytest.raises(BudgetExceeded, match="180 of 150 tokens for this task"):
        await own.model.ask(question("?"))
    assert len(model_server.asked) == 2
    assert (await own.another().ask(question("?"))).text == "fine"


async def test_the_budget_of_the_day_holds_for_all_tasks(asking, model_server):
    price = (ModelEntry("dear", price=Price(input=1000.0, output=1000.0)),)
    model_server.answers = [lambda _: Say("fine", tokens=(50, 50))]
    own = asking(model_server.settings(budget=Budget(day_usd=0.11), local=False, models=price))
    assert (await own.model.ask(question("?"))).use.usd == pytest.approx(0.1)
    with pytest.raises(BudgetExceeded, match="dollars today"):
        await own.another().ask(question("?"))


async def test_a_price_that_nobody_knows_is_null_and_stays_null_in_the_sum(asking, model_server):
    own = asking(model_server.settings(local=False))
    reply = await own.model.ask(question("?"))
    assert reply.use.usd is None
    await own.model.ask(question("?"))
    assert own.model.used.usd is None
    assert own.model.used.input_tokens == 22


async def test_tokens_that_the_server_does_not_count_are_marked_as_estimated(asking, model_server):
    model_server.answers = [Say("x" * 400, tokens=None)]
    own = asking(model_server.settings())
    use = (await own.model.ask(question("?"))).use
    assert use.estimated
    assert 100 <= use.output_tokens <= 110


async def test_a_local_provider_never_follows_a_redirect(asking, model_server):
    model_server.answers = [lambda _: Say(status=307)]
    own = asking(model_server.settings())
    with pytest.raises(ModelFailed, match="HTTP 307"):
        await own.model.ask(question("?"))
    assert len(model_server.asked) == 1
