"""Tracing: every request as a span for OpenTelemetry, made when it is over, and without who asked what."""

import importlib.util
import threading
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from recsvc.domain.errors import UsageError
from recsvc.http.telemetry import UNMATCHED, Exchange

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
NEEDED = ("opentelemetry.sdk.trace.export", "opentelemetry.exporter.otlp.proto.http.trace_exporter")
CLOSE_S = 3.0


def is_installed() -> bool:
    """Whether spans can be sent; the API alone, which other libraries bring along, cannot."""
    try:
        return all(importlib.util.find_spec(name) for name in NEEDED)
    except ModuleNotFoundError:  # of a package that one of them lies in
        return False


def is_traced(environ: Mapping[str, str]) -> bool:
    """Whether spans are asked for.

    Raises:
        UsageError: they are, and the extra is not installed.
    """
    if not environ.get(ENDPOINT):
        return False
    if not is_installed():
        raise UsageError(
            f"{ENDPOINT} asks for traces, and OpenTelemetry's SDK or its exporter for OTLP over HTTP is not "
            "installed: docs/installing.md says how, or unset the variable."
        )
    return True


def open_tracing(environ: Mapping[str, str]) -> "Tracing":
    """Send spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, over HTTP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {"service.name": environ.get("OTEL_SERVICE_NAME", "recsvc"), "service.version": version("recsvc")}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{environ[ENDPOINT].rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider, exporter)


class Tracing:
    """Makes spans of exchanges; a thread of the library sends them.

    The library's own instrumentation tells the collector addresses, queries and browsers of visitors, and
    wraps every message of a request; what a span may say is said here instead.
    """

    def __init__(self, provider: "TracerProvider", exporter: "SpanExporter") -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        self._provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer("recsvc")
        self._traces = TraceContextTextMapPropagator()
        self._kind = SpanKind.SERVER
        self._failed = Status(StatusCode.ERROR)

    def __call__(self, exchange: Exchange) -> None:
        """Make the span of one exchange, within its caller's trace where it names one."""
        ended_ns = round(exchange.ended_at * 1e9)
        is_matched = exchange.route != UNMATCHED
        span = self._tracer.start_span(
            f"{exchange.method} {exchange.route}" if is_matched else exchange.method,
            context=self._traces.extract({"traceparent": exchange.traceparent or ""}),
            kind=self._kind,
            attributes=_attributes(exchange),
            start_time=ended_ns - round(exchange.seconds * 1e9),
        )
        if exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(self._failed)
        span.end(ended_ns)

    def close(self) -> None:
        """Send what is left; what a collector does not take within 3 s is lost."""
        patience = threading.Timer(CLOSE_S, self._exporter.shutdown)
        patience.start()
        self._provider.shutdown()
        patience.cancel()


def _attributes(exchange: Exchange) -> dict[str, str | int | float]:
    """OpenTelemetry's names where it has any."""
    said: dict[str, str | int | float] = {
        "http.request.method": exchange.method,
        "http.response.status_code": exchange.status,
        "http.response.body.size": exchange.n_bytes,
        "recsvc.request_id": exchange.request_id,
    }
    if exchange.route != UNMATCHED:
        said["http.route"] = exchange.route
    if exchange.key_id is not None:
        said["recsvc.key_id"] = exchange.key_id
    return said | {f"recsvc.{part}_ms": round(s * 1000, 3) for part, s in exchange.spent.items()}
