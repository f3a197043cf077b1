"""A collector that is down, refuses or hangs costs spans and nothing else."""

import os
import socket
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from infra import tracing
from subjects.traces import OFF, Work


@pytest.fixture
def deaf(monkeypatch):
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
        yield server


def test_a_collector_that_hangs_keeps_nobody_waiting_and_what_was_lost_is_said(deaf):
    with capture_logs() as said, tracing.opened(os.environ, "worker", "w", patience=0.2) as tracer:
        for number in range(3000):
            with tracer.span(Work(f"w{number}"), None) as span:
                assert span.traceparent
    (lost,) = [line for line in said if line["event"] == "spans were lost"]
    assert lost["count"] == 3000


def test_a_collector_that_refuses_is_told_of_once(collector):
    collector.answer = 400
    with capture_logs() as said, tracing.opened(os.environ, "worker", "w") as tracer:
        for _ in range(2000):
            with tracer.span(Work("w"), None):
                pass
    assert len([line for line in said if line["event"] == "spans were dropped"]) == 1
    assert [line["count"] for line in said if line["event"] == "spans were lost"] == [2000]


def test_headers_of_the_environment_are_sent_and_all_spans_arrive(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=seven")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,deployment.environment.name=test")
    with capture_logs() as said, tracing.opened(os.environ, "worker", "w") as tracer:
        for _ in range(100):
            with tracer.span(Work("w", attributes={"n": 1}), None):
                pass
    assert said == []
    assert len(collector.spans) == 100
    assert collector.headers[0]["x-tenant"] == "seven"
    assert (collector.spans[0].service, collector.spans[0].attributes) == ("mine", {"n": 1})
    assert collector.spans[0].resource["deployment.environment.name"] == "test"


def test_without_an_endpoint_nothing_is_imported_and_a_trace_goes_on_as_it_came():
    look = (
        "import sys, functions.service, gateway.serve, infra.part; sys.exit('opentelemetry' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", look], check=True)
    with tracing.opened({}, "worker", "w") as tracer, tracer.span(Work("w"), "as it came") as span:
        assert tracer is OFF
        assert span.traceparent == "as it came"
