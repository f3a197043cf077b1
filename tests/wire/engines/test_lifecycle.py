"""An engine is stopped, started and restarted through every door, and nothing is lost."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import psutil

from subjects.client import Client

JOBS = str(Path(__file__).with_name("engine_jobs.py"))
ROOT = Path(__file__).parents[3]


async def test_http_stops_and_starts_an_engine_and_its_queue_is_kept(engine, http, tmp_path):
    at, task = f"{engine.http}/api/engines", {"marks": str(tmp_path / "marks"), "text": "ran"}
    stopped = (await http.post(f"{at}/creative/stop")).json()
    assert (stopped["stopped"], stopped["changed"], stopped["silent"]) == (True, True, [])
    waiting = await engine.client.start("creative.sketch", task)
    shown = (await http.get(f"{at}/creative/status")).json()
    assert (shown["status"], shown["queued"], shown["running"]) == ("stopped", 1, 0)
    assert [row["status"] for row in (await http.get(at)).json()] == ["stopped"]
    assert (await http.post(f"{at}/creative/stop")).json()["changed"] is False
    assert (await http.post(f"{at}/creative/start")).json()["changed"] is True
    assert (await engine.client.result(waiting.id, wait=10)).state == "completed"
    measured = (await http.get(f"{at}/creative/metrics")).json()
    assert (sorted(measured["lanes"]), len(measured["workers"])) == (["critical", "high", "low", "medium"], 1)
    assert measured["functions"] is None


async def test_an_engine_that_is_none_is_not_found(engine, http):
    for method, verb in (("POST", "stop"), ("POST", "restart"), ("GET", "status"), ("GET", "metrics")):
        said = await http.request(method, f"{engine.http}/api/engines/creativ/{verb}")
        assert (said.status_code, "did you mean creative?" in said.json()["detail"]) == (404, True)


async def test_a_plain_request_over_nats_does_the_same(engine):
    said = json.loads((await engine.bus.request("control.engine.creative.stop")).data)
    assert (said["queue"], said["stopped"]) == ("creative", True)
    said = json.loads((await engine.bus.request("control.engine.creative.status")).data)
    assert said["status"] == "stopped"
    said = json.loads((await engine.bus.request("control.engine.creative.start")).data)
    assert said["stopped"] is False
    refused = await engine.bus.request("control.engine.nobody.start")
    assert refused.headers["Nats-Service-Error-Code"] == "404"
    listed = json.loads((await engine.bus.request("$SRV.INFO.engines")).data)
    assert {own["subject"] for own in listed["endpoints"]} >= {"control.engine.*.stop"}


async def test_a_worker_without_a_supervisor_is_named_and_left_alone(engine, http):
    said = (await http.post(f"{engine.http}/api/engines/creative/restart")).json()
    assert (said["replaced"], said["missing"], said["alone"]) == ([], [], [engine.worker.state.id])


async def test_a_restart_replaces_the_processes_one_by_one_and_loses_no_task(nats_server, bus, tmp_path):
    words = ("work", JOBS, "--processes", "2", "--slots", "1", "--server", nats_server.url)
    process = await _revo(*words, stderr=asyncio.subprocess.PIPE)
    client = Client(bus)
    while b"ready on" not in (line := await process.stderr.readline()):
        assert line, "the workers did not start"
    before = await client.workers()
    marks = tmp_path / "marks"
    tasks = [
        await client.start("creative.sketch", {"marks": str(marks), "text": f"t{n}", "seconds": 0.2})
        for n in range(12)
    ]
    done = await _revo("engine", "restart", "creative", "-o", "json", "--server", nats_server.url)
    out, _ = await done.communicate()
    said = json.loads(out)
    assert (done.returncode, said["alone"], said["missing"]) == (0, [], [])
    assert sorted(one["old"] for one in said["replaced"]) == sorted(before)
    after = await client.workers()
    assert {one["worker"] for one in said["replaced"]} <= set(after)
    assert {one["pid"] for one in said["replaced"]}.isdisjoint(own.pid for own in before.values())
    assert all(psutil.pid_exists(one["pid"]) for one in said["replaced"])
    results = [await client.result(task.id, wait=10) for task in tasks]
    assert {(one.state, one.attempts) for one in results} == {("completed", 1)}
    assert sorted(marks.read_text().split()) == sorted(f"t{n}" for n in range(12))
    process.send_signal(signal.SIGTERM)
    await process.communicate()


async def _revo(*words, **options):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(ROOT / "infra" / "__main__.py"),
        *words,
        stdout=asyncio.subprocess.PIPE,
        **options,
    )


async def test_the_command_line_says_what_it_did_and_ends_with_an_honest_code(engine):
    async def revo(*words):
        process = await _revo("engine", *words, "--server", engine.server.url, stderr=asyncio.subprocess.PIPE)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    code, out, _ = await revo("stop", "creative")
    assert (code, out.strip()) == (0, "creative is stopped; 1 workers serve it")
    status, unknown, listed = await asyncio.gather(
        revo("status", "creative", "-o", "json"), revo("start", "creativ"), revo("ls")
    )
    assert (status[0], json.loads(status[1])["status"]) == (0, "stopped")
    assert (unknown[0], "did you mean creative?" in unknown[2]) == (3, True)
    assert listed[1].split()[0] == "ENGINE"
    assert "stopped" in listed[1]
