"""A collector that decodes what it gets, and a system of real processes that send their spans to it."""

import contextlib
import http.server
import threading
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.settings import GatewaySettings
from infra.spawn import ready, spawn
from infra.testing import stack
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually

JOBS = Path(__file__).with_name("trace_jobs.py")


class Collector:
    """Spans as they came, with their service. `answer` is the status that it gives."""

    def __init__(self):
        self.spans = []
        self.headers = []
        self.answer = 200
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.headers.append(dict(self.headers))
                if collector.answer == 200:
                    collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(collector.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def take(self, request):
        for group in request.resource_spans:
            resource = attributes(group.resource)
            self.spans += [Seen(span, resource) for scope in group.scope_spans for span in scope.spans]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def named(self, name):
        return [span for span in self.spans if span.name == name]


class Seen:
    """One span, with ids as text."""

    def __init__(self, span, resource):
        self.name = span.name
        self.kind = span.kind
        self.trace = span.trace_id.hex()
        self.id = span.span_id.hex()
        self.parent = span.parent_span_id.hex()
        self.links = [link.span_id.hex() for link in span.links]
        self.attributes = attributes(span)
        self.failed = span.status.code == 2
        self.service = resource["service.name"]
        self.resource = resource


def attributes(of):
    found = {}
    for pair in of.attributes:
        found[pair.key] = getattr(pair.value, pair.value.WhichOneof("value"))
    return found


@pytest.fixture
def collector(monkeypatch):
    made = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    yield made
    made.close()


class System:
    """A gateway and a worker, each a process of its own, and where they write."""

    def __init__(self, own, http, state):
        self.client, self.http, self.state = own.client, http, state
        self.url = own.server.url

    def log(self, name):
        return "".join(path.read_text() for path in self.state.glob(f"{name}*.log"))


@contextlib.asynccontextmanager
async def started(tmp_path, level="info", **worker):
    async with stack(state=tmp_path) as own:
        await own.worker_process(str(JOBS), **worker)
        settings = GatewaySettings(nats=NatsSettings(url=own.server.url), port=0)
        log_file = tmp_path / "gateway.log"
        gateway = await spawn("gateway", "gateway", settings, log_file, level)
        try:
            facts = await ready(gateway, "gateway", log_file)
            async with httpx.AsyncClient(base_url=facts["http"], timeout=10) as http:
                yield System(own, http, tmp_path)
        finally:
            gateway.process.terminate()
            await gateway.wait()


async def came(collector, wanted):
    """The collector's spans, once there are all that are wanted."""

    async def spans():
        return collector.spans

    return await eventually(spans, lambda got: wanted <= {span.name for span in got})
