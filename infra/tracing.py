"""Spans to a collector by OTLP over HTTP, where the standard variables of OpenTelemetry name one.

`OTEL_EXPORTER_OTLP_ENDPOINT` turns it on; `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_*` and the others are heeded by the SDK itself.
Off, nothing is imported.
"""

# ruff: noqa: PLC0415
# The SDK takes 0.2 s and 17 MB: only who traces pays for it.

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import structlog

from infra.version import version
from subjects.errors import RevoError
from subjects.traces import OFF, Span, Tracer, Value, Work, span_id

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PATIENCE = 2.0
"""Seconds that a process which ends gives the collector to take what is left."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be sent.

    >>> wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}), wanted({})
    (True, False)
    >>> wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"})
    False
    """
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    nowhere = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return not off and not nowhere and any(environment.get(name) for name in ENDPOINTS)


@contextlib.contextmanager
def opened(
    environment: Mapping[str, str], part: str, name: str, patience: float = PATIENCE
) -> Iterator[Tracer]:
    """The tracer of a process; what it made is sent when the context ends, for as long as `patience`."""
    if not wanted(environment):
        yield OFF
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces are not sent", error="install revoagent[otel]")
        yield OFF
        return
    spoken = next((environment[key] for key in PROTOCOLS if environment.get(key)), "http/protobuf")
    if spoken != "http/protobuf":
        log.warning("traces are sent by http/protobuf", asked=spoken)
    given = OTELResourceDetector().detect().attributes
    own = {
        "service.name": f"revo-{part}",
        "service.namespace": "revoagent",
        "service.version": version(),
        "service.instance.id": name,
    }
    resource = Resource.create({key: value for key, value in own.items() if key not in given})
    exporter = _Counted(OTLPSpanExporter())
    provider = TracerProvider(resource=resource, id_generator=_ids(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(cast("Any", exporter)))
    tracer = _SdkTracer(provider, exporter)
    try:
        yield tracer
    finally:
        # A collector that hangs must not keep a process from ending, so this is not waited for to its end.
        ending = threading.Thread(target=provider.shutdown, daemon=True, name="last spans")
        ending.start()
        ending.join(patience)
        if tracer.made > exporter.sent:
            log.warning("spans were lost", count=tracer.made - exporter.sent, part=name)


class _Counted:
    """The exporter, and how many spans it got rid of. What cannot be sent is dropped, and said once."""

    def __init__(self, exporter: Any) -> None:
        self.sent = 0
        self._exporter = exporter
        self._failing = False

    def export(self, spans: Sequence[Any]) -> Any:
        """Send spans, from a thread of their own."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        answer = self._exporter.export(spans)
        if answer is SpanExportResult.SUCCESS:
            self.sent += len(spans)
            self._failing = False
        elif not self._failing:
            self._failing = True
            log.warning("spans were dropped", count=len(spans), error="the collector did not take them")
        return answer

    def shutdown(self) -> None:
        """Give up what is being sent."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return bool(self._exporter.force_flush(timeout_millis))


class _SdkTracer:
    """Spans of the OpenTelemetry SDK. `made` counts those that a sampler chose and that have ended."""

    on = True

    def __init__(self, provider: Any, exporter: _Counted) -> None:
        from opentelemetry import trace

        self.made = 0
        self.exporter = exporter
        self._api = trace
        self._ids = provider.id_generator
        self._tracer = provider.get_tracer("revoagent", version())

    @contextlib.contextmanager
    def span(self, work: Work, parent: str | None) -> Iterator[Span]:
        """A span below `parent`, or the first one of a new trace."""
        own = self._start(work, parent)
        made = _SdkSpan(own, self._api)
        try:
            yield made
        except RevoError as error:
            made.fail(error.code, error.message)
            raise
        except BaseException as error:
            made.fail(type(error).__name__)
            raise
        finally:
            own.end()
            self.made += own.is_recording() or own.get_span_context().trace_flags.sampled

    def _start(self, work: Work, parent: str | None) -> Any:
        from opentelemetry.context import Context

        api = self._api
        above = None if parent is None else self._remote(parent)
        # Explicit, also where it is empty: nothing depends on what else runs in this loop.
        context = Context()
        links = []
        if above is not None:
            context = api.set_span_in_context(api.NonRecordingSpan(above), context)
            if work.after:
                links.append(api.Link(self._context(above.trace_id, span_id(work.after), above.trace_flags)))
        self._ids.next = span_id(work.mark) if work.mark else 0
        kind = api.SpanKind[work.kind.upper()]
        return self._tracer.start_span(work.name, context, kind, dict(work.attributes), links)

    def _remote(self, traceparent: str) -> Any:
        _, trace, span, flags = traceparent.split("-")[:4]
        return self._context(int(trace, 16), int(span, 16), int(flags, 16) & 1)

    def _context(self, trace: int, span: int, flags: int) -> Any:
        return self._api.SpanContext(trace, span, is_remote=True, trace_flags=self._api.TraceFlags(flags))


class _SdkSpan:
    """One span of the SDK."""

    def __init__(self, span: Any, api: Any) -> None:
        self._span = span
        self._api = api
        context = span.get_span_context()
        self.traceparent: str | None = (
            f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
        )

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Set attributes."""
        self._span.set_attributes(dict(attributes))

    def rename(self, name: str) -> None:
        """Set the name."""
        self._span.update_name(name)

    def fail(self, kind: str, message: str = "") -> None:
        """Set the status and `error.type`. The text of an error may hold what the input held: it is cut."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(self._api.Status(self._api.StatusCode.ERROR, message[:200] or kind))


def _ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        """Random ids, but for a span whose id is known beforehand."""

        next = 0

        def generate_span_id(self) -> int:
            """`next`, once; else a random one."""
            chosen, self.next = self.next, 0
            return chosen or super().generate_span_id()

    return Ids()
