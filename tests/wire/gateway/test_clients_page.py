"""What docs/clients.md shows works as it stands there."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from functions import Context, function
from infra.testing import stack

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

PAGE = (Path(__file__).parents[3] / "docs" / "clients.md").read_text()
PIPE = asyncio.subprocess.PIPE


@function("text.shout", timeout=10)
async def shout(text: str, ctx: Context, times: int = 1) -> str:
    """Say it louder."""
    ctx.progress(0.5, "breathing in")
    return text.upper() + "!" * times


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system():
    async with stack(shout, gateway=True) as running:
        yield running


def shown(chapter, kind, system):
    """The example of a chapter, for the gateway that runs here."""
    text = PAGE.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    example = re.search(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    return example.replace("http://127.0.0.1:12000", system.http).replace("127.0.0.1:12000", system.http[7:])


async def said(*command):
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, failed = await process.communicate()
    return out.decode(), failed.decode()


async def test_python(system):
    out, failed = await said(sys.executable, "-c", shown("Python", "python", system))
    assert "task_completion " in out
    assert out.endswith("completed HELLO!\n"), failed


async def test_curl_and_events(system):
    out, _ = await said("sh", "-c", shown("curl", "sh", system))
    for word in ('"id":"my-1"', '"state":"completed"', '"HELLO!"', "already_finished", "event: result"):
        assert word in out
    out, _ = await said("sh", "-c", shown("Server-Sent Events", "sh", system))
    assert re.search(r'^data: \{"type":"event","channel":"task_completion".*"my-1"', out, re.MULTILINE)


async def test_a_socket_by_hand(system):
    _, address = shown("WebSocket by hand", "sh", system).split()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "websockets", address, stdin=PIPE, stdout=PIPE
    )
    program.stdin.write(shown("WebSocket by hand", "json", system).encode())
    out = ""
    async with asyncio.timeout(20):
        while not all(f'"type":"{kind}"' in out for kind in ("ready", "subscribed", "ack", "pong", "event")):
            out += (await program.stdout.readline()).decode()
    program.stdin.close()
    await program.communicate()
    assert '"channel":"task_completion"' in out or '"channel":"task_progress"' in out
