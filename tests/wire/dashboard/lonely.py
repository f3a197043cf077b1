"""A gateway to be killed behind a line to be cut, and pages that have the built client and nothing else."""

import asyncio
import contextlib
import signal
import sys

import msgspec

from gateway.settings import GatewaySettings
from infra.proxy import proxied
from subjects.settings import NatsSettings

PROGRAM = """
import asyncio, sys
from pathlib import Path
import msgspec
from gateway import serve, site
from gateway.settings import GatewaySettings

settings = msgspec.json.decode(sys.argv[1], type=GatewaySettings)
if len(sys.argv) > 2:
    opened = site.opened(Path(sys.argv[2]))
    site.opened = lambda: opened
asyncio.run(serve.run(settings, lambda url: print(url, flush=True)))
"""
BEGIN = """async ([bundle, own]) => {
    const { Realtime } = await import(URL.createObjectURL(new Blob([bundle], { type: 'text/javascript' })));
    const options = { backoff: { base: 50, cap: 400, floor: 20 }, stable: 500, doubt: 500, ...own };
    const client = new Realtime({ url: location.origin, ...options });
    Object.assign(window, { client, heard: [], gaps: [] });
    const gap = ({ reason }) => window.gaps.push(reason);
    client.on('task_progress', ({ payload }) => window.heard.push(payload.n), { gap });
    client.connect();
}"""
"""In a page that the gateway sent: one that is made up may not ask this machine (Local Network Access)."""


class Killable:
    """A gateway in a process of its own: its port stays the same from life to life."""

    def __init__(self, nats_url, **settings):
        own = {"port": 0, "dashboard": False, **settings}
        self._settings = GatewaySettings(nats=NatsSettings(url=nats_url), **own)
        self._child = None
        self.site = None
        """The built page that the next life serves; else that of the package."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self._settings.port}"

    async def start(self):
        own = msgspec.json.encode(self._settings).decode()
        pipe = asyncio.subprocess.PIPE
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, own, *([] if self.site is None else [self.site]), stdout=pipe
        )
        while not (line := (await self._child.stdout.readline()).decode().strip()).startswith("http"):
            assert line or self._child.returncode is None
        self._settings = msgspec.structs.replace(self._settings, port=int(line.rpartition(":")[2]))

    async def kill(self):
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGKILL)
        await self._child.communicate()


PATIENCE = 40_000
"""Milliseconds. Chromium itself holds a page's next socket back for a while after some that were refused."""


@contextlib.asynccontextmanager
async def killable(nats_url, **settings):
    """A running gateway, and the line to it: `(gateway, line)`."""
    gateway = Killable(nats_url, **settings)
    await gateway.start()
    try:
        async with proxied(gateway.url) as line:
            yield gateway, line
    finally:
        await gateway.kill()


class Page:
    """A page that listens to `task_progress` from the start, and remembers the numbers it heard."""

    def __init__(self, page, context):
        self.page = page
        self.context = context

    async def live(self, transport="socket"):
        live = f"status === 'live' && transport === '{transport}'"
        listens = "client.lastSeq('task_progress') !== null"
        await self.until(f"(({{ status, transport }}) => {live} && {listens})(client.getSnapshot())")

    async def lost(self):
        await self.until("client.getSnapshot().status !== 'live'")

    async def until(self, fact):
        await self.page.wait_for_function(fact, timeout=PATIENCE)

    async def heard(self, last):
        """All numbers up to this one; whatever comes twice or late is in it too."""
        await self.until(f"heard.includes({last})")
        return await self.page.evaluate("heard")

    async def send(self, kind, payload, **options):
        """The state of an answer: ok, or the code of the refusal."""
        said = "client.send(kind, payload, options).then(() => 'ok', ({ code }) => code)"
        return await self.page.evaluate(f"([kind, payload, options]) => {said}", [kind, payload, options])


@contextlib.asynccontextmanager
async def page(browser, line, bundle, *, before=None, **options):
    """A page of the line's own origin with the client in it; `before` gets its tab first."""
    origin = line.url.replace("nats", "http")
    context = await browser.new_context()
    try:
        tab = await context.new_page()
        if before is not None:
            await before(tab)
        await tab.goto(f"{origin}/livez")
        await tab.evaluate(BEGIN, [bundle.read_text(), options])
        yield Page(tab, context)
    finally:
        await context.close()


async def tell(bus, numbers):
    """Progress of tasks that exist nowhere else: it is the channel that is looked at."""
    for number in numbers:
        await bus.store(f"event.text.shout.t{number}.progress", b'{"n": %d}' % number)
