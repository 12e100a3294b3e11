"""Spans, as a collector on this machine receives them: by route, within the caller's trace, without names."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recsvc.tracing import ENDPOINT, is_traced, open_tracing
from tests.artifacts import publish_artifact
from tests.journeys.servers import serve
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop

WITHOUT = """\
import os, sys
sys.modules[sys.argv[1]] = None  # to whoever imports it, it is not there
from recsvc.domain.errors import UsageError
from recsvc.tracing import is_traced
try:
    is_traced(os.environ)
except UsageError as error:
    print(error)
"""
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(list[Any]):
    """What was posted, decoded."""

    url = ""

    @property
    def spans(self) -> list[Any]:
        return [span for posted in self for scope in posted.scope_spans for span in scope.spans]

    @property
    def said(self) -> dict[str, str]:
        """Of the resource."""
        return {one.key: one.value.string_value for one in self[0].resource.attributes}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).open()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that takes OTLP over HTTP."""
    pytest.importorskip("opentelemetry.proto", reason="OpenTelemetry is not installed")
    with collecting() as running:
        yield running


@contextmanager
def collecting() -> Iterator[Collector]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415
        ExportTraceServiceRequest,
    )

    received = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            asked = ExportTraceServiceRequest.FromString(gzip.decompress(body) if packed else body)
            if self.path == "/v1/traces":
                received.extend(asked.resource_spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        received.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@pytest.mark.otel
def test_every_request_is_a_span_by_its_route_and_names_nobody(shop: Shop, collector: Collector) -> None:
    tracing = open_tracing({ENDPOINT: collector.url})
    headers = {"Recsvc-Visitor": "id=secret", "X-Request-Id": "r1", "User-Agent": "secret"}
    with Client(api_of(shop, tracing)) as client:
        answer = client.get("/v1/slates/home?item=secret", headers=headers)
        client.get("/secret")
    tracing.close()
    assert collector.said["service.name"] == "recsvc"
    slate, unknown = collector.spans
    assert (slate.name, unknown.name) == ("GET /v1/slates/{placement}", "GET")
    said = attributes(slate)
    durations = {name for name in said if name.endswith("_ms")}
    assert durations == {"recsvc.wait_ms", "recsvc.store_ms", "recsvc.score_ms", "recsvc.choose_ms"}
    assert {name: said[name] for name in said.keys() - durations} == {
        "http.request.method": "GET",
        "http.route": "/v1/slates/{placement}",
        "http.response.status_code": 200,
        "http.response.body.size": len(answer.content),
        "recsvc.request_id": "r1",
    }
    assert slate.start_time_unix_nano < slate.end_time_unix_nano
    assert "secret" not in repr(collector)


@pytest.mark.otel
def test_span_belongs_to_the_trace_of_its_caller(shop: Shop, collector: Collector) -> None:
    tracing = open_tracing({ENDPOINT: collector.url})
    with Client(api_of(shop, tracing)) as client:
        for given in (f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-00", "nonsense"):
            client.get("/livez", headers={"traceparent": given})
    tracing.close()
    own, alone = collector.spans  # the caller of the second keeps no trace
    assert (own.trace_id.hex(), own.parent_span_id.hex()) == (TRACE, PARENT)
    assert alone.trace_id.hex() != TRACE
    assert alone.parent_span_id == b""


@pytest.mark.otel
@pytest.mark.server
def test_service_sends_what_is_left_when_it_ends(tmp_path: Path, collector: Collector) -> None:
    publish_artifact(tmp_path / "models")
    with serve(tmp_path, **{ENDPOINT: collector.url, "OTEL_SERVICE_NAME": "shop"}) as server:
        assert server.get("/v1/slates/home?limit=3")[0] == 200
    assert collector.said["service.name"] == "shop"
    assert "GET /v1/slates/{placement}" in {span.name for span in collector.spans}


def test_without_a_collector_nothing_is_traced() -> None:
    assert not is_traced({})


@pytest.mark.parametrize("absent", ["opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter"])
def test_collector_without_all_of_the_extra_is_refused_with_the_way_out(absent: str) -> None:
    environ = {**os.environ, ENDPOINT: "http://127.0.0.1:4318"}
    command = [sys.executable, "-c", WITHOUT, absent]
    said = subprocess.run(command, env=environ, check=True, capture_output=True, text=True, timeout=60).stdout
    assert "docs/installing.md" in said
