"""Spans are sent where OpenTelemetry's own variables say, and nowhere else."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.tracing import ENDPOINTS, start_tracing
from indexes.errors import BadInput

PROGRAM = """
from opentelemetry.trace import get_tracer
from app.tracing import start_tracing
end = start_tracing(service_version="1.2.3")
with get_tracer("test").start_as_current_span("chat tiny"):
    pass
end()
"""


class Collector(BaseHTTPRequestHandler):
    """Keeps the bodies that were posted, by path."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    Collector.received = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Collector.received
        server.shutdown()
        thread.join()


def run(**environment: str) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    subprocess.run([sys.executable, "-c", PROGRAM], env={**plain, **environment}, check=True, timeout=60)


def test_spans_go_to_the_endpoint_with_name_and_version(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, received = collector
    run(OTEL_EXPORTER_OTLP_ENDPOINT=url)
    ((path, body),) = received
    assert path == "/v1/traces"
    assert all(part in body for part in (b"chat tiny", b"ronbun", b"1.2.3"))


def test_without_an_endpoint_nothing_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)  # importing it would fail
    start_tracing(service_version="1")()


def test_an_endpoint_without_the_sdk_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BadInput, match=r"127\.0\.0\.1:9") as refusal:
        start_tracing(service_version="1")
    assert "ronbun[otel]" in refusal.value.hint
