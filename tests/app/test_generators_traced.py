"""Spans by the GenAI conventions: what was asked, what it took, how it failed; never what was said."""

import pytest
from factories import make_passage
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from service import QuotingGenerator

from app.generators.protocol import DraftRequest, Evidence, GeneratorIdentity, GeneratorKind, Task
from app.generators.traced import TracedGenerator
from indexes.errors import Busy
from indexes.records import Language

TEXT = "Secret cranes were counted."


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def traced(generator: QuotingGenerator, exporter: InMemorySpanExporter) -> TracedGenerator:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    kind, name = generator.identity.kind, generator.identity.name
    return TracedGenerator(generator, kind=kind, name=name, tracer=provider.get_tracer("test"))


def request() -> DraftRequest:
    evidence = (Evidence(1, make_passage(text=TEXT), "A secret title", 1.0),)
    return DraftRequest(Task.ANSWER, "How many secret cranes?", Language.ENGLISH, evidence, None, 2, 7)


def test_a_draft_is_a_span_with_model_and_tokens(exporter: InMemorySpanExporter) -> None:
    generator = QuotingGenerator()
    generator.identity = GeneratorIdentity(GeneratorKind.LLAMA, "tiny.gguf", None)
    traced(generator, exporter).draft(request())
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("chat tiny.gguf", SpanKind.INTERNAL)
    assert span.attributes is not None
    assert span.attributes["gen_ai.provider.name"] == "llama_cpp"
    assert span.attributes["gen_ai.request.seed"] == 7
    tokens = [span.attributes[f"gen_ai.usage.{kind}"] for kind in ("input_tokens", "output_tokens")]
    assert tokens == [11, 7]
    assert span.attributes["gen_ai.usage.cache_read.input_tokens"] == 5
    assert span.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert "secret" not in span.to_json().lower()


def test_a_failure_is_told_by_its_kind_without_its_text(exporter: InMemorySpanExporter) -> None:
    generator = QuotingGenerator()

    def refuse(request: DraftRequest) -> None:
        raise Busy("the secret line is full", hint="wait")

    generator.before = refuse
    with pytest.raises(Busy):
        traced(generator, exporter).draft(request())
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["error.type"] == "busy"
    assert "secret" not in span.to_json()
