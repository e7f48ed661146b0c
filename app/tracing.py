"""Sends spans where the environment says, by OpenTelemetry's own variables; does nothing where it says nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

from indexes.errors import BadInput

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def start_tracing(*, service_version: str) -> Callable[[], None]:
    """Export spans over OTLP/HTTP if `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set.

    Returns:
        what sends the rest and ends the export; does nothing where nothing was set.

    Raises:
        BadInput: an endpoint is set, and the extra `otel` is not installed.
    """
    endpoint = next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), None)
    if endpoint is None or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise BadInput(
            f"spans shall go to {endpoint!r}, and OpenTelemetry's SDK is not installed",
            hint='Run `pip install "ronbun[otel]"`, or unset OTEL_EXPORTER_OTLP_ENDPOINT.',
        ) from error
    from opentelemetry.trace import set_tracer_provider

    resource = Resource.create({"service.name": "ronbun", "service.version": service_version})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    set_tracer_provider(provider)
    return provider.shutdown
