"""What the host reporter says is measured, fresh, and cheap."""

import asyncio
import os
import time

import psutil

from infra import reporter
from infra.reporter import ReporterSettings
from subjects import codec, names
from subjects.bus import Records
from subjects.messages import SystemMetrics
from subjects.settings import NatsSettings


async def test_a_host_is_measured_again_and_again(bus, tmp_path):
    heard: asyncio.Queue[SystemMetrics] = asyncio.Queue()

    async def take(message):
        heard.put_nowait(codec.decode(message.data, codec_of_metrics))

    from msgspec.json import Decoder

    codec_of_metrics = Decoder(SystemMetrics)
    await bus.subscribe("live.metric.node-7.system", take)
    stop = asyncio.Event()
    own = {"me": os.getpid(), "gone": 2**22 - 1}
    work = asyncio.create_task(reporter.run(bus, "node-7", 0.1, stop, processes=lambda: own, state=tmp_path))
    first, second = await heard.get(), await heard.get()
    stop.set()
    await work
    assert first.host == "node-7"
    assert (codec.now() - second.timestamp).total_seconds() < 5
    assert second.timestamp > first.timestamp
    assert 0 <= second.cpu_usage <= 100
    assert abs(second.memory_usage - psutil.virtual_memory().percent) < 20
    assert abs(second.disk_usage - psutil.disk_usage(str(tmp_path)).percent) < 5
    assert second.network_io.bytes_received >= first.network_io.bytes_received > 0
    assert list(second.processes) == ["me"]
    assert second.processes["me"] > 10 << 20


async def test_the_part_reports_under_the_name_of_its_host(nats_server, bus, tmp_path):
    seen = asyncio.Event()

    async def take(message):
        seen.set()

    await bus.subscribe(f"live.{names.metric(reporter.host_name(), 'system')}", take)
    async with reporter.running(
        ReporterSettings(nats=NatsSettings(url=nats_server.url), state=tmp_path, every=0.1)
    ):
        async with asyncio.timeout(30):
            await seen.wait()
    assert (await Records(bus, "METRICS").last("metric.*.system")) is not None


def test_a_measurement_costs_next_to_nothing(tmp_path):
    reporter.measure("node-1", tmp_path)
    started = time.process_time()
    for _ in range(100):
        reporter.measure("node-1", tmp_path)
    # One every two seconds: this is 0.25 % of a core at the very most.
    assert (time.process_time() - started) / 100 < 0.005
