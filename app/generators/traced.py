"""Drafts as OpenTelemetry spans, by the GenAI conventions (opentelemetry.io/docs/specs/semconv/gen-ai), without text.

Spans go nowhere until a process sets up a tracer provider (`app.tracing`).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, get_tracer
from opentelemetry.util.types import AttributeValue

from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    Generator,
    GeneratorIdentity,
    GeneratorKind,
)
from indexes.errors import RonbunError

OPERATION = "chat"
PROVIDERS = {GeneratorKind.LLAMA: "llama_cpp", GeneratorKind.REMOTE: "openai_compatible"}


class TracedGenerator:
    """Drafts as another generator does, each draft a span. Safe to call from several threads if the other is.

    `kind` and `name` are the generator's: its `identity` may have to read a whole model file first, untold.
    """

    def __init__(self, generator: Generator, *, kind: GeneratorKind, name: str, tracer: Tracer | None = None) -> None:
        self._generator = generator
        self._kind, self._name = kind, name
        self._tracer = tracer or get_tracer("ronbun", version("opentelemetry-api"))

    @property
    def identity(self) -> GeneratorIdentity:
        """Which generator writes."""
        return self._generator.identity

    @property
    def parallel_drafts(self) -> int:
        """As many as the generator writes."""
        return self._generator.parallel_drafts

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Draft; see `Generator.draft`. What stops the draft is told to the span by its kind, never by its text."""
        with self._tracer.start_as_current_span(
            f"{OPERATION} {self._name}",
            kind=SpanKind.INTERNAL if self._kind is GeneratorKind.LLAMA else SpanKind.CLIENT,
            attributes=_asked(self._kind, self._name, request),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                draft = self._generator.draft(request, on_sentence=on_sentence, on_progress=on_progress)
            except BaseException as error:
                _tell_failure(span, error)
                raise
            span.set_attributes(_written(draft))
            return draft

    def close(self) -> None:
        """Close the other generator."""
        self._generator.close()


def _asked(kind: GeneratorKind, name: str, request: DraftRequest) -> dict[str, AttributeValue]:
    return {
        "gen_ai.operation.name": OPERATION,
        "gen_ai.provider.name": PROVIDERS.get(kind, kind.value),
        "gen_ai.request.model": name,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.output.type": "json",
        "ronbun.task": request.task.value,
        "ronbun.language": request.language.value,
        "ronbun.priority": request.priority.value,
        "ronbun.evidence": len(request.evidence),
    }


def _written(draft: Draft) -> dict[str, AttributeValue]:
    written: dict[str, AttributeValue] = {
        "gen_ai.response.finish_reasons": ("length" if draft.is_cut_off else "stop",),
        "gen_ai.usage.input_tokens": draft.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": draft.usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": draft.usage.cached_tokens,
        "ronbun.sentences": len(draft.sentences),
        "ronbun.evidence_dropped": len(draft.dropped_evidence),
    }
    if draft.prompt_id is not None:
        written["gen_ai.prompt.name"] = draft.prompt_id
    return written | {f"ronbun.timing.{name}_ms": value for name, value in draft.timings_ms}


def _tell_failure(span: Span, error: BaseException) -> None:
    kind = error.code if isinstance(error, RonbunError) else type(error).__qualname__
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
