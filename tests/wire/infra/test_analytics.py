"""`revo analytics`: what people see of what is kept, and how its file is made anew."""

import asyncio
import re

from tests.wire.infra.test_work import ended, started


async def test_status_export_and_rebuild_tell_what_they_did(nats_server, shell):
    shell.environment["REVOAGENT_NATS_URL"] = nats_server.url
    service = await shell.start("analytics")
    await started(service)
    told, shown = await asyncio.gather(
        shell.revo("analytics", "status", "-o", "json"), shell.revo("analytics", "status")
    )
    assert {own["stream"] for own in told.json["positions"]} >= {"RESULTS", "EVENTS", "METRICS", "DLQ"}
    assert {own["rows_per_s"] for own in told.json["positions"]} == {None}
    assert {"ROWS/S", "SECONDS LEFT"} <= set(re.split(r"  +", shown.out.splitlines()[0].strip()))
    assert {own["table"] for own in told.json["storage"]} >= {"tasks", "live.memories"}
    assert (shown.code, "Nothing has gone wrong" in shown.out) == (0, True)
    assert (await shell.revo("analytics", "export", "--day", "2020-01-01")).out == "Nothing has changed.\n"
    held = await shell.revo("analytics", "rebuild")
    assert (held.code, "cannot be opened" in held.err) == (5, True)
    assert await ended(service) == 0
    done = await shell.revo("analytics", "rebuild", "-o", "json")
    assert (done.code, ".before-" in done.json["moved_to"]) == (0, True)
