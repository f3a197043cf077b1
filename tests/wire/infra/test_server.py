import asyncio
import os
import signal
import sys

import psutil

ORPHAN = """
import asyncio, sys
from pathlib import Path
from infra.server import ServerSettings, start

async def main():
    server = await start(ServerSettings(state=Path(sys.argv[1]), port=0, durability="process"))
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_server_ends_when_the_process_that_started_it_is_killed(tmp_path):
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHAN, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    server = psutil.Process(int(await parent.stdout.readline()))
    assert server.is_running()
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    await asyncio.to_thread(psutil.wait_procs, [server], 10)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
