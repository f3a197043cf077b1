"""One trace from the browser to the model, as a real collector gets it from real processes."""

import asyncio
import os
import subprocess
import sys

from infra.model_server import Say, model_server
from tests.wire.traces.conftest import came, started

TRACE = "0af7651916cd43dd8448eb211c80319c"
BROWSER = f"00-{TRACE}-b7ad6b7169203331-01"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


async def test_one_trace_from_the_browser_to_the_model_of_a_child_task(collector, tmp_path):
    async with (
        model_server(Say("Paris", tokens=(20, 3))) as models,
        started(tmp_path, models=models.settings()) as own,
    ):
        body = {"function": "way.first", "input": {"text": "Where?"}, "id": "t1"}
        answer = await own.http.post("/api/tasks", json=body, headers={"traceparent": BROWSER})
        assert answer.status_code == 202
        result = await own.client.result("t1", 15)
        assert (result.state, bytes(result.output)) == ("completed", b'"Paris"')
        assert result.trace.split("-")[1] == TRACE
        way = (
            ("POST /api/tasks", SERVER, "revo-gateway"),
            ("send way.first", PRODUCER, "revo-gateway"),
            ("process way.first", CONSUMER, "revo-worker"),
            ("call way.second", CLIENT, "revo-worker"),
            ("send way.second", PRODUCER, "revo-worker"),
            ("process way.second", CONSUMER, "revo-worker"),
            (f"chat {models.settings().provider[0].models[0].name}", CLIENT, "revo-worker"),
        )
        await came(collector, {name for name, _, _ in way})
        above = "b7ad6b7169203331"
        for name, kind, service in way:
            (span,) = collector.named(name)
            assert (span.trace, span.parent) == (TRACE, above), name
            assert (span.kind, span.service, span.failed) == (kind, service, False), name
            above = span.id
        assert result.trace.split("-")[2] == collector.named("send way.first")[0].id
        process, chat = collector.named("process way.first")[0], collector.named(way[-1][0])[0]
        assert process.attributes["messaging.message.id"] == "t1"
        assert 0 <= process.attributes["revo.queue_seconds"] < 10
        assert chat.attributes["gen_ai.usage.input_tokens"] == 20
        assert chat.attributes["gen_ai.usage.output_tokens"] == 3
        assert "Where?" not in str([span.attributes for span in collector.spans])
        assert process.resource["service.namespace"] == "revoagent"


async def test_a_second_attempt_is_linked_to_the_first_and_says_why_that_failed(collector, tmp_path):
    async with started(tmp_path) as own:
        body = {"function": "way.again", "id": "t2"}
        await own.http.post("/api/tasks", json=body)
        assert (await own.client.result("t2", 15)).attempts == 2
        await came(collector, {"POST /api/tasks"})
        while len(collector.named("process way.again")) < 2:
            await came(collector, {"process way.again"})
        first, second = sorted(
            collector.named("process way.again"), key=lambda own: own.attributes["revo.attempt"]
        )
        (sent,) = collector.named("send way.again")
        assert first.parent == second.parent == sent.id
        assert (first.failed, first.attributes["error.type"]) == (True, "handler_failed")
        assert (second.failed, second.links) == (False, [first.id])
        assert not any(span.name.endswith(("/metrics", "/health")) for span in collector.spans)


async def test_a_call_by_request_and_reply_from_the_command_line_is_one_trace_too(collector, tmp_path):
    async with started(tmp_path) as own:
        environment = {**os.environ, "TRACEPARENT": BROWSER, "OTEL_SERVICE_NAME": "my-shell"}
        command = [sys.executable, "-m", "infra", "call", "way.again", "--server", own.url, "-o", "json"]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, timeout=15, check=False
        )
        assert "retry" in done.stderr.lower() or done.returncode, done
        await came(collector, {"revo call"})
        (command_span,) = collector.named("revo call")
        asked, answered = sorted(collector.named("call way.again"), key=lambda span: -span.kind)
        assert (command_span.trace, command_span.parent) == (TRACE, "b7ad6b7169203331")
        assert asked.parent == command_span.id
        assert answered.parent == asked.id
        assert (command_span.service, answered.service) == ("my-shell", "revo-worker")


async def test_a_sampler_that_says_no_is_heeded_and_the_trace_still_travels(collector, tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    async with started(tmp_path) as own:
        unsampled = BROWSER.removesuffix("01") + "00"
        body = {"function": "way.again", "id": "no"}
        await own.http.post("/api/tasks", json=body, headers={"traceparent": unsampled})
        no = await own.client.result("no", 15)
        assert no.trace.split("-")[1] == TRACE
        assert no.trace.endswith("-00")
        await own.http.post("/api/tasks", json={**body, "id": "yes"}, headers={"traceparent": BROWSER})
        await own.client.result("yes", 15)
        await came(collector, {"process way.again"})
        assert {span.attributes["messaging.message.id"] for span in collector.named("process way.again")} == {
            "yes"
        }
