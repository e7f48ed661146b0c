"""Drafts from a GGUF file: plan what fits, let the engine write under our grammar, read sentences as they complete."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from app.generators.draft_json import DraftReader
from app.generators.drafting import MAX_SENTENCE_CHARS, DraftPlan, plan_draft
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import Generation, LlamaEngine
from app.generators.llama.gguf_header import check_gguf
from app.generators.llama.native import require_llama_cpp
from app.generators.llama.probe import probe_model
from app.generators.prompting import Prompts
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Usage,
)
from indexes.errors import ModelFailed


class LlamaGenerator:
    """Writes drafts with one model file. Safe to call from several threads; the model loads with the first draft."""

    def __init__(self, path: Path, *, engine: LlamaEngine, prompts: Prompts) -> None:
        self._path = path
        self._engine = engine
        self._prompts = prompts
        self._identity: GeneratorIdentity | None = None
        self._identity_lock = threading.Lock()

    @property
    def identity(self) -> GeneratorIdentity:
        """Name the file and its hash, which is computed once, when first asked for (about a second a gigabyte)."""
        with self._identity_lock:
            if self._identity is None:
                self._identity = GeneratorIdentity(GeneratorKind.LLAMA, self._path.name, _sha256(self._path))
            return self._identity

    @property
    def parallel_drafts(self) -> int:
        """How many drafts are written at once."""
        return 1

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Write sentences; `on_sentence` is called in this thread with each as soon as the model has closed it.

        Raises:
            TooLarge: the question does not fit the window.
            ModelFailed: the model could not be loaded, broke, or wrote what cannot be read.
            Busy: too many drafts wait already.
        """
        if not request.evidence:
            return Draft((), Usage(0, 0), (), None, None)
        plan = plan_draft(
            request,
            prompts=self._prompts,
            count_tokens=lambda prompt: len(self._engine.tokenize(prompt)),
            context_tokens=self._engine.window,
        )
        grammar = draft_grammar(numbers=plan.numbers, max_sentences=request.max_sentences, max_chars=MAX_SENTENCE_CHARS)
        tokens = self._engine.tokenize(plan.prompt)
        generation = self._engine.generate(tokens, grammar=grammar, max_tokens=plan.answer_tokens)
        try:
            sentences = _receive(generation, plan, max_sentences=request.max_sentences, on_sentence=on_sentence)
        finally:
            generation.cancel()
        usage = Usage(len(tokens), generation.written_tokens)
        return Draft(sentences, usage, plan.dropped, plan.prompt.prompt_id, plan.prompt.sha256)

    def close(self) -> None:
        """Free the model."""
        self._engine.close()


def open_llama(path: Path, *, context_tokens: int, threads: int, max_queue: int, prompts: Prompts) -> LlamaGenerator:
    """Check a GGUF file and make its generator; the model itself loads with the first draft.

    Raises:
        ModelMissing: the file or llama-cpp-python is not there.
        ModelFailed: the file is not a GGUF, is damaged, or is one that llama.cpp cannot read.
    """
    check_gguf(path)
    require_llama_cpp()
    probe_model(path)
    engine = LlamaEngine(path, context_tokens=context_tokens, threads=threads, max_queue=max_queue)
    return LlamaGenerator(path, engine=engine, prompts=prompts)


def _receive(
    generation: Generation,
    plan: DraftPlan,
    *,
    max_sentences: int,
    on_sentence: Callable[[DraftSentence], None] | None,
) -> tuple[DraftSentence, ...]:
    reader = DraftReader(numbers=plan.numbers, max_sentences=max_sentences, max_chars=MAX_SENTENCE_CHARS)
    for piece in generation:
        for sentence in reader.feed(piece):
            if on_sentence is not None:
                on_sentence(sentence)
    return reader.finish(is_cut_off=generation.is_cut_off)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFailed(f"the model file {path} cannot be read: {error}", hint="Check its permissions.") from error
