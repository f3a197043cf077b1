"""What must exist on the server is made, mended and shared out."""

from infra import topology
from infra.server import ServerSettings, running
from subjects.bus import Bus
from subjects.settings import NatsSettings


async def test_applying_twice_changes_nothing(bus: Bus):
    assert await topology.apply(bus) == []
    assert await topology.differences(bus) == []


async def test_a_stream_that_was_changed_is_found_and_mended(bus: Bus):
    await bus.api("STREAM.UPDATE.RESULTS", {**topology.wanted(1)[1], "max_age": 3_600_000_000_000})
    (found,) = await topology.differences(bus)
    assert (found.stream, found.setting) == ("RESULTS", "max_age")
    assert await topology.apply(bus) == ["RESULTS"]
    assert await topology.differences(bus) == []


async def test_a_small_store_is_shared_out_instead_of_refused(tmp_path):
    settings = ServerSettings(state=tmp_path, port=0, durability="process", max_store=64 << 20)
    async with running(settings) as server, Bus.open(NatsSettings(url=server.url)) as bus:
        await topology.apply(bus)
        info = await bus.api("STREAM.INFO.EVENTS")
        assert info["config"]["max_bytes"] == (64 << 20) // topology.SHARE
        assert await topology.differences(bus) == []
