"""A GGUF file into everything that the owner thread works with: model, context, memory, admission and scheduler."""

from __future__ import annotations

import importlib.metadata
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.generators.drafting import MAX_SENTENCE_CHARS
from app.generators.gguf.header import check_gguf
from app.generators.grammar import draft_grammar
from app.generators.llama.admission import Admission
from app.generators.llama.chat_format import ChatFormat, choose_chat_format
from app.generators.llama.context import (
    BATCH_TOKENS,
    MAX_SEQUENCES,
    OFFLOADED_BATCH_TOKENS,
    LlamaContext,
    attention_kind,
    has_accelerator,
)
from app.generators.llama.grammar.constraint import Constraints
from app.generators.llama.grammar.pieces import TokenTable
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.model import LlamaModel
from app.generators.llama.observer import EngineObserver
from app.generators.llama.pace import LEAST_TOKENS, Pace
from app.generators.llama.prefix_cache.context_file import ContextKind
from app.generators.llama.prefix_cache.context_keeper import ContextKeeper
from app.generators.llama.prefix_cache.saved_contexts import SavedContexts
from app.generators.llama.scheduler import Scheduler, StepTools

logger = logging.getLogger(__name__)

KEPT_SEQUENCES = 32
"""Sequences beside the running ones, for what stays read. A number costs 4 bytes a token of the vocabulary (logits)."""


def step_tokens(*, window: int, seats: int, most: int = BATCH_TOKENS) -> int:
    """Return the tokens of a step: at most `most` and a window, but a whole chunk of a prompt beside all who write."""
    return max(min(most, window), seats + LEAST_TOKENS)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What `LlamaEngine` was made with; see there."""

    context_tokens: int
    threads: int
    max_queue: int
    sequences: int
    cells: int
    saved_contexts: Path | None
    saved_bytes: int


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """An open model and those who work on it."""

    model: LlamaModel
    chat: ChatFormat
    context: LlamaContext
    constraints: Constraints
    admission: Admission
    scheduler: Scheduler
    keeper: ContextKeeper | None
    window: int

    @property
    def cells(self) -> int:
        """Tokens of memory for all together."""
        return self.context.cells

    def close(self) -> None:
        """Free everything; nobody may be running."""
        if self.keeper is not None:
            self.keeper.close()
        self.context.close()
        self.model.close()


def open_engine(
    path: Path, options: EngineOptions, *, sha256: Callable[[], str], observer: EngineObserver
) -> OpenEngine:
    """Load a model and make its context.

    Args:
        path: the GGUF file.
        options: sizes and limits.
        sha256: gives the file's hash; asked only where contexts are saved.
        observer: hears of every step.

    Raises:
        ModelFailed: the file is damaged, or there is not enough memory for it.
    """
    started = time.perf_counter()
    model = LlamaModel(path)
    try:
        engine = _with_context(model, options, sha256=sha256, observer=observer)
    except BaseException:
        model.close()
        raise
    logger.info(
        "loaded model=%s chat_format=%s window=%d cells=%d elapsed_ms=%.0f",
        path.name,
        engine.chat.name,
        engine.window,
        engine.context.cells,
        1000 * (time.perf_counter() - started),
    )
    return engine


def _with_context(
    model: LlamaModel, options: EngineOptions, *, sha256: Callable[[], str], observer: EngineObserver
) -> OpenEngine:
    chat = choose_chat_format(model.is_control_token, template=check_gguf(model.path).chat_template)
    window = min(options.context_tokens, model.trained_tokens)
    seats = min(options.sequences, MAX_SEQUENCES // 2)
    numbers = min(seats + (KEPT_SEQUENCES if model.keeps_every_token else 0) + 1, MAX_SEQUENCES)
    most = OFFLOADED_BATCH_TOKENS if has_accelerator(model.llama) else BATCH_TOKENS
    context = LlamaContext(
        model,
        cells=max(options.cells or 2 * window, window),
        sequences=numbers,
        batch_tokens=step_tokens(window=window, seats=seats, most=most),
        threads=options.threads,
    )
    try:
        memory = SequenceMemory(
            context,
            sequences=numbers,
            can_share=model.keeps_every_token,
            sliding_window=model.sliding_window,
            forgets_idle=not has_accelerator(model.llama),
        )
        saved = _saved_contexts(options, model=model, sha256=sha256)
        keeper = ContextKeeper(saved, memory=memory) if saved is not None else None
        pace = Pace()
        admission = Admission(memory, pace=pace, seats=seats, max_waiting=options.max_queue)
        tools = StepTools(
            ends=model.end_tokens,
            pieces=model.pieces,
            silent=model.silent_tokens,
            batch_tokens=context.batch_tokens,
        )
        scheduler = Scheduler(memory, admission, tools=tools, pace=pace, keeper=keeper, observer=observer)
        constraints = Constraints(TokenTable(model.pieces, ends=model.end_tokens))
        constraints.get(
            draft_grammar(numbers=(1,), max_sentences=1, max_chars=MAX_SENTENCE_CHARS)
        )  # so none waits later
    except BaseException:
        context.close()
        raise
    return OpenEngine(model, chat, context, constraints, admission, scheduler, keeper, window)


def _saved_contexts(options: EngineOptions, *, model: LlamaModel, sha256: Callable[[], str]) -> SavedContexts | None:
    if options.saved_contexts is None or not model.keeps_every_token:
        return None
    version = importlib.metadata.version("llama-cpp-python")
    kind = ContextKind(
        sha256(), f"llama-cpp-python {version}, K and V f16, one stream, attention {attention_kind(model.llama)}"
    )
    return SavedContexts(options.saved_contexts, kind=kind, max_bytes=options.saved_bytes)
