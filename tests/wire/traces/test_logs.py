"""Every part's lines about a task name the task and its trace."""

import json

from infra.model_server import Say, model_server
from tests.wire.gateway.conftest import eventually
from tests.wire.traces.conftest import started
from tests.wire.traces.test_traces import BROWSER, TRACE


def lines(text, event):
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == event]


async def test_gateway_worker_and_child_process_name_the_task_and_its_trace(tmp_path):
    async with (
        model_server(Say("Paris")) as models,
        started(tmp_path, level="debug", models=models.settings()) as own,
    ):
        for name, id in (("way.first", "l1"), ("way.again", "l2"), ("way.fails", "l3")):
            body = {"function": name, "input": {"text": "secret-words"}, "id": id}
            if name != "way.first":
                body["input"] = {}
            await own.http.post("/api/tasks", json=body, headers={"traceparent": BROWSER})
            await own.client.result(id, 15)
        accepted = lines(own.log("gateway"), "task accepted")
        assert [(line["task"], line["trace"]) for line in accepted] == [
            ("l1", TRACE),
            ("l2", TRACE),
            ("l3", TRACE),
        ]
        answered = lines(own.log("gateway"), "request answered")
        assert {line["trace"] for line in answered} == {TRACE}
        (child,) = lines(own.log("test"), "child asked")
        assert (child["task"], child["trace"], child["function"]) == ("l1-1", TRACE, "way.second")
        begun = lines(own.log("test"), "attempt begun")
        assert [(line["task"], line["trace"], line["attempt"]) for line in begun] == [
            ("l2", TRACE, 1),
            ("l2", TRACE, 2),
        ]

        async def told():
            return lines(own.log("test"), "task ended")

        # It is written once the outcome is stored, so a moment after that can be seen.
        (ended,) = await eventually(told, bool)
        assert (ended["task"], ended["trace"], ended["state"]) == ("l3", TRACE, "failed")
        assert "secret-words" not in own.log("gateway") + own.log("test")
