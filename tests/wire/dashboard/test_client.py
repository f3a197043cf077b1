"""The client of browsers against the real gateway: whatever happens, no event is lost none comes twice."""

import asyncio
import contextlib
import re

import httpx
import pytest
import pytest_asyncio

from infra import dashboard, topology
from infra.testing import connected, server
from subjects import streams
from subjects.bus import Records
from subjects.kv import Bucket
from subjects.messages import FunctionInfo
from tests.wire.dashboard.lonely import killable, page, tell

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

README = dashboard.sources() / "client" / "README.md"
RUN = """async ([bundle, example]) => {
    const { Realtime } = await import(URL.createObjectURL(new Blob([bundle], { type: 'text/javascript' })));
    await eval(`(async () => {${example}})()`);
}"""
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}


@pytest.fixture(scope="module")
def bundle(built):
    """The client alone, as one file."""
    place = dashboard.sources()
    dashboard.find_node().run(place, "run", "--silent", "client")
    return place / "client" / "dist" / "client.js"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nats(tmp_path_factory):
    """A server for the whole file; each test has a gateway of its own, or of the file."""
    async with server(tmp_path_factory.mktemp("nats")) as running, connected(running.url) as bus:
        info = FunctionInfo("text.shout", "Says it loudly.", TEXT, {"type": "string"}, 10, 3, "loop")
        await Bucket(bus, "functions", FunctionInfo).put(info.name, info)
        yield running, bus


@pytest.fixture
def bus(nats):
    return nats[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(nats):
    async with killable(nats[0].url, heartbeat=1.0, check_every=0.2) as both:
        yield both


async def queued(bus):
    return [record.subject async for record in Records(bus, streams.STREAM_TASKS).scan("task.>")]


async def empty(bus):
    await Records(bus, streams.STREAM_TASKS).purge("task.>")


async def test_events_go_on_over_drops_and_the_death_of_the_gateway(browser, bundle, bus, gateway):
    serving, line = gateway
    async with page(browser, line, bundle) as alone:
        await alone.live()
        telling = asyncio.create_task(tell(bus, range(1, 1501)))
        for part in (200, 500, 800):
            await alone.heard(part)
            await line.cut()
            await alone.lost()
            await line.mend()
            await alone.live()
        await serving.kill()
        answer = asyncio.create_task(alone.send("submit", {"function": "text.shout", "input": {"text": "x"}}))
        await alone.until("client.getSnapshot().queued === 1")
        await telling
        await serving.start()
        assert await answer == "ok"
        await tell(bus, range(1501, 1511))
        assert await alone.heard(1510) == list(range(1, 1511))
        assert await alone.page.evaluate("gaps") == []
    assert len(await queued(bus)) == 1
    await empty(bus)


async def test_a_stream_made_anew_is_told_as_a_gap_and_goes_on(browser, bundle, bus, gateway):
    _, line = gateway
    async with page(browser, line, bundle) as alone:
        await alone.live()
        await tell(bus, range(1, 51))
        assert await alone.heard(50) == list(range(1, 51))
        await bus.api(f"STREAM.DELETE.{streams.STREAM_EVENTS}")
        await topology.apply(bus)
        await alone.until("gaps.length > 0")
        await tell(bus, range(51, 101))
        assert await alone.heard(100) == list(range(1, 101))
        assert await alone.page.evaluate("gaps") == ["epoch"]


async def test_ten_minutes_without_a_line_lose_no_event_and_do_no_old_command(browser, bundle, bus, gateway):
    _, line = gateway

    async def clock(tab):
        await tab.clock.install()

    async with page(browser, line, bundle, before=clock) as alone:
        await alone.live()
        await tell(bus, [1])
        await alone.heard(1)
        await line.cut()
        await alone.lost()
        old = asyncio.create_task(alone.send("submit", {"function": "text.shout", "input": {"text": "old"}}))
        patient = asyncio.create_task(
            alone.send("submit", {"function": "text.shout", "input": {"text": "new"}}, ttl=900_000)
        )
        await alone.until("client.getSnapshot().queued === 2")
        await tell(bus, range(2, 301))
        await alone.page.clock.fast_forward(600_000)
        await line.mend()
        assert (await old, await patient) == ("expired", "ok")
        assert await alone.heard(300) == list(range(1, 301))
    assert len(await queued(bus)) == 1
    await empty(bus)


async def test_a_laptop_that_slept_hears_what_it_missed(browser, bundle, bus, gateway):
    _, line = gateway
    async with page(browser, line, bundle) as alone:
        await alone.live()
        await tell(bus, [1])
        await alone.heard(1)
        devtools = await alone.context.new_cdp_session(alone.page)
        await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        # Nothing answers for it either, and the gateway forgets it.
        line.silence()
        await tell(bus, range(2, 101))
        await forgotten(gateway)
        await devtools.send("Page.setWebLifecycleState", {"state": "active"})
        await line.cut()
        await line.mend()
        assert await alone.heard(100) == list(range(1, 101))


async def forgotten(gateway):
    """Wait until the gateway has cut somebody who gives no sign of life."""
    async with httpx.AsyncClient(base_url=gateway[0].url) as http, asyncio.timeout(30):
        while 'revo_sockets_closed_total{code="1001"}' not in (await http.get("/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_events_come_where_sockets_do_not_get_through(browser, bundle, bus, gateway):
    _, line = gateway

    async def blocked(tab):
        await tab.route_web_socket("**/ws/**", lambda socket: socket.close())

    async with page(browser, line, bundle, before=blocked) as alone:
        await alone.live("events")
        telling = asyncio.create_task(tell(bus, range(1, 401)))
        await alone.heard(100)
        await line.cut()
        await alone.lost()
        assert await queued(bus) == []
        answer = asyncio.create_task(alone.send("submit", {"function": "text.shout", "input": {"text": "x"}}))
        await line.mend()
        assert await answer == "ok"
        await telling
        assert await alone.heard(400) == list(range(1, 401))
    assert len(await queued(bus)) == 1
    await empty(bus)


async def test_a_busy_gateway_is_asked_again_until_all_is_done_once(browser, bundle, nats, bus):
    async with (
        killable(nats[0].url, max_submits=1, max_sockets=1) as (_, line),
        contextlib.AsyncExitStack() as tabs,
    ):
        first = page(browser, line, bundle)
        one = await first.__aenter__()
        await one.live()
        two = await tabs.enter_async_context(page(browser, line, bundle, fetch=None))
        # There is room for one socket: the second tab is told 503 and waits for its turn.
        await two.until("client.getSnapshot().attempt > 1")
        answers = await one.page.evaluate("""() => Promise.allSettled(Array.from({ length: 8 }, (_, n) =>
            client.send('submit', { function: 'text.shout', input: { text: String(n) } })))""")
        assert {answer["status"] for answer in answers} == {"fulfilled"}
        await first.__aexit__(None, None, None)
        await two.live()
        await tell(bus, range(1, 11))
        assert await two.heard(10) == list(range(1, 11))
    assert len(await queued(bus)) == 8
    await empty(bus)


async def test_two_tabs_hear_the_same_and_do_their_own(browser, bundle, bus, gateway):
    _, line = gateway
    async with page(browser, line, bundle) as one, page(browser, line, bundle) as two:
        await one.live()
        await two.live()
        await tell(bus, range(1, 21))
        order = {"function": "text.shout", "input": {"text": "x"}}
        assert [await tab.send("submit", order, id="1") for tab in (one, two)] == ["ok", "ok"]
        assert await one.heard(20) == await two.heard(20) == list(range(1, 21))
    assert len(await queued(bus)) == 2
    await empty(bus)


async def test_the_example_of_the_readme_works(browser, bundle, bus, gateway):
    _, line = gateway
    [example] = re.findall(r"<script type=\"module\">\n(.*?)</script>", README.read_text(), re.DOTALL)
    first, _, rest = example.partition("\n")
    assert first == "import { Realtime } from './client.js';"
    async with page(browser, line, bundle) as alone:
        await alone.page.evaluate(RUN, [bundle.read_text(), rest])
        await alone.until("document.body.textContent.includes('canceled')")


async def test_the_example_of_the_page_about_clients_works(browser, bundle, bus, gateway):
    _, line = gateway
    page_text = (dashboard.sources().parents[1] / "docs" / "clients.md").read_text()
    [example] = re.findall(r"^```ts\n(.*?)^```", page_text, re.DOTALL | re.MULTILINE)
    first, _, rest = example.partition("\n")
    assert first == "import { Realtime } from './client.js';"
    async with page(browser, line, bundle) as alone, alone.page.expect_console_message() as told:
        await alone.page.evaluate(
            RUN, [bundle.read_text(), rest.replace("'http://127.0.0.1:12000'", "location.origin")]
        )
    assert (await told.value).text.endswith("queued")
    await empty(bus)
