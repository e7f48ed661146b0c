"""Drafts from a GGUF file: plan what fits, let the engine write under our grammar, read sentences as they complete."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.generators.draft_json import DraftReader
from app.generators.drafting import MAX_SENTENCE_CHARS, DraftPlan, plan_draft
from app.generators.gguf.header import check_gguf
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import DEFAULT_SAVED_BYTES, DEFAULT_SEQUENCES, LlamaEngine
from app.generators.llama.generation import Generation, GenerationReport
from app.generators.llama.library import require_llama_cpp
from app.generators.llama.observer import EngineObserver
from app.generators.llama.probe import probe_model
from app.generators.llama.requests import FinishReason, GenerationRequest, SamplingOptions
from app.generators.prompting import Prompts
from app.generators.protocol import (
    PROGRESS_S,
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Stage,
    Usage,
)
from indexes.errors import Busy

LEAST_LOAD_MS = 1.0
"""A draft that waited less for the model found it in memory."""

RETRY_LOADING_S = 10
"""When one whose deadline passed while the model was loading should try again; how long loading takes nobody knows."""


class LlamaGenerator:
    """Writes drafts with one model file. Safe to call from several threads; the model loads with the first draft."""

    def __init__(self, path: Path, *, engine: LlamaEngine, prompts: Prompts) -> None:
        self._path = path
        self._engine = engine
        self._prompts = prompts

    @property
    def identity(self) -> GeneratorIdentity:
        """Name the file and its hash, which is computed once, while the model loads or when first asked for."""
        return GeneratorIdentity(GeneratorKind.LLAMA, self._path.name, self._engine.sha256())

    @property
    def parallel_drafts(self) -> int:
        """How many drafts are written at once."""
        return self._engine.sequences

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Write sentences; both callbacks are called in this thread, `on_sentence` as soon as the model has closed one.

        Raises:
            TooLarge: the question does not fit the window.
            ModelFailed: the model could not be loaded, broke, or wrote what cannot be read.
            Busy: too many drafts wait already, or the deadline passed, be it while the model was loading.
        """
        if not request.evidence:
            return Draft((), Usage(0, 0), (), None, None)
        started = time.monotonic()
        request = self._once_loaded(request, on_progress=on_progress)
        load_ms = 1000 * (time.monotonic() - started)
        plan = plan_draft(
            request,
            prompts=self._prompts,
            count_tokens=lambda prompt: len(self._engine.tokenize(prompt).tokens),
            context_tokens=self._engine.window,
        )
        generation = self._engine.submit(self._generation_request(request, plan))
        reader = DraftReader(numbers=plan.numbers, max_sentences=request.max_sentences, max_chars=MAX_SENTENCE_CHARS)
        try:
            _receive(generation, reader, on_sentence=on_sentence, on_progress=on_progress)
        finally:
            generation.cancel()
        report = generation.report
        assert report is not None  # all was received
        sentences = reader.finish(is_cut_off=report.finish is FinishReason.LENGTH)
        return Draft(
            sentences=sentences,
            usage=Usage(report.prompt_tokens, report.written_tokens, report.cached_tokens),
            dropped_evidence=plan.dropped,
            prompt_id=plan.prompt.prompt_id,
            prompt_sha256=plan.prompt.sha256,
            is_cut_off=reader.is_cut_off,
            timings_ms=_timings(report, load_ms=load_ms),
        )

    def close(self) -> None:
        """Free the model."""
        self._engine.close()

    def _once_loaded(
        self, request: DraftRequest, *, on_progress: Callable[[DraftProgress], None] | None
    ) -> DraftRequest:
        """Wait until the model is in memory, telling so; return the request with what is left of its deadline."""
        started, deadline_s = time.monotonic(), request.deadline_s
        left_s = deadline_s
        while not self._engine.is_open_within(PROGRESS_S / 2 if left_s is None else min(PROGRESS_S / 2, left_s)):
            if on_progress is not None:
                on_progress(DraftProgress(Stage.LOADING))
            left_s = None if deadline_s is None else deadline_s - (time.monotonic() - started)
            if left_s is not None and left_s <= 0:
                raise Busy(
                    f"the model {self._path.name} was not in memory within {deadline_s:g} s",
                    hint="It goes on loading: try again in a moment.",
                    retry_after_s=RETRY_LOADING_S,
                )
        if deadline_s is None or left_s == deadline_s:
            return request
        return replace(request, deadline_s=round(max(0.0, deadline_s - (time.monotonic() - started)), 2))

    def _generation_request(self, request: DraftRequest, plan: DraftPlan) -> GenerationRequest:
        prompt = self._engine.tokenize(plan.prompt)
        return GenerationRequest(
            tokens=prompt.tokens,
            max_tokens=plan.answer_tokens,
            grammar=draft_grammar(
                numbers=plan.numbers, max_sentences=request.max_sentences, max_chars=MAX_SENTENCE_CHARS
            ),
            sampling=SamplingOptions(seed=request.seed),
            reader=request.reader,
            priority=request.priority,
            deadline_s=request.deadline_s,
            keep=prompt.keep if request.citable is not None else prompt.keep[:1],
        )


def open_llama(
    path: Path,
    *,
    prompts: Prompts,
    context_tokens: int,
    threads: int,
    max_queue: int,
    sequences: int = DEFAULT_SEQUENCES,
    cells: int = 0,
    saved_contexts: Path | None = None,
    saved_bytes: int = DEFAULT_SAVED_BYTES,
    observer: EngineObserver | None = None,
) -> LlamaGenerator:
    """Check a GGUF file and make its generator; the model itself loads with the first draft. See `LlamaEngine`.

    Raises:
        ModelMissing: the file or llama-cpp-python is not there.
        ModelFailed: the file is not a GGUF, is damaged, or is one that llama.cpp cannot read.
    """
    check_gguf(path)
    require_llama_cpp()
    probe_model(path)
    engine = LlamaEngine(
        path,
        context_tokens=context_tokens,
        threads=threads,
        max_queue=max_queue,
        sequences=sequences,
        cells=cells,
        saved_contexts=saved_contexts,
        saved_bytes=saved_bytes,
        observer=observer,
    )
    engine.begin_hashing()
    return LlamaGenerator(path, engine=engine, prompts=prompts)


def _receive(
    generation: Generation,
    reader: DraftReader,
    *,
    on_sentence: Callable[[DraftSentence], None] | None,
    on_progress: Callable[[DraftProgress], None] | None,
) -> None:
    """Read a text to its end; tell each sentence as it is whole, and how far it has come."""
    told, told_at = DraftProgress(Stage.WAITING), -PROGRESS_S
    while (piece := generation.poll(timeout_s=PROGRESS_S / 4)) is not None:
        for sentence in reader.feed(piece):
            if on_sentence is not None:
                on_sentence(sentence)
        progress, now = generation.progress, time.monotonic()
        has_moved = (progress.stage, progress.position) != (told.stage, told.position)
        if on_progress is not None and (has_moved or now - told_at >= PROGRESS_S / 2):
            told, told_at = progress, now
            on_progress(progress)


def _timings(report: GenerationReport, *, load_ms: float) -> tuple[tuple[str, float], ...]:
    timings = [("load", load_ms)] if load_ms >= LEAST_LOAD_MS else []
    timings += [("queue", report.queue_ms), ("read", report.read_ms), ("write", report.write_ms)]
    if report.first_token_ms is not None:
        timings.append(("first_token", report.first_token_ms))
    return tuple(timings)
