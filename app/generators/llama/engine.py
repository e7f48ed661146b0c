"""One model for many readers: a thread that owns it, and doors through which any thread may ask for text.

llama.cpp ends or hangs the process when one context is used from several threads, so one thread makes every call on
it. Callers split their prompts themselves, submit, and iterate over what is written (`for` or `async for`).
"""

from __future__ import annotations

import hashlib
import logging
import threading
from pathlib import Path

from app.generators.llama.context import MAX_SEQUENCES
from app.generators.llama.generation import Generation
from app.generators.llama.observer import EngineObserver, SilentObserver
from app.generators.llama.opening import EngineOptions, OpenEngine, open_engine
from app.generators.llama.prompt_tokens import PromptTokens, tokenize_prompt
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.llama.running import EngineRequest
from app.generators.prompting import RenderedPrompt
from indexes.errors import BadInput, ModelError, ModelFailed, TooLarge

logger = logging.getLogger(__name__)

DEFAULT_SEQUENCES = 16
"""Texts written at once: a sheet's ten questions and some people beside them."""

DEFAULT_SAVED_BYTES = 4 << 30


class LlamaEngine:
    """Loads the model when first asked. Safe to call from several threads.

    Args:
        path: a GGUF file.
        context_tokens: most tokens of one prompt and its text together; at most what the model was trained for.
        threads: of the processor.
        max_queue: how many requests may wait beside those that are written.
        sequences: how many are written at once.
        cells: tokens of memory for all requests and for what stays read; 0 is twice the window.
        saved_contexts: folder in which papers' contexts outlive the process; None saves none.
        saved_bytes: most bytes in that folder.
        observer: hears of every request and step.
    """

    def __init__(
        self,
        path: Path,
        *,
        context_tokens: int,
        threads: int,
        max_queue: int,
        sequences: int = DEFAULT_SEQUENCES,
        cells: int = 0,
        saved_contexts: Path | None = None,
        saved_bytes: int = DEFAULT_SAVED_BYTES,
        observer: EngineObserver | None = None,
    ) -> None:
        self._path = path
        self._sequences = min(sequences, MAX_SEQUENCES // 2)
        self._options = EngineOptions(
            context_tokens, threads, max_queue, self._sequences, cells, saved_contexts, saved_bytes
        )
        self._observer = observer or SilentObserver()
        self._changed = threading.Condition()  # guards what follows
        self._owner: threading.Thread | None = None
        self._engine: OpenEngine | None = None
        self._load_error: ModelError | None = None
        self._is_closed = False
        self._sha256: str | None = None
        self._sha256_lock = threading.Lock()

    @property
    def sequences(self) -> int:
        """How many texts are written at once."""
        return self._sequences

    @property
    def window(self) -> int:
        """Tokens that prompt and text may take together."""
        return self._whole().window

    @property
    def cells(self) -> int:
        """Tokens of memory for all together."""
        return self._whole().cells

    def is_open_within(self, timeout_s: float) -> bool:
        """Start loading where nobody has yet, and tell whether the model is in memory within so many seconds.

        Raises:
            ModelFailed: it could not be loaded, or the engine is closed.
        """
        return self._opened(timeout_s=timeout_s) is not None

    def begin_hashing(self) -> None:
        """Have the model file's hash computed meanwhile, so that nobody has to wait for it; reading warms the file."""
        threading.Thread(target=self._hash_quietly, name="llama-hash", daemon=True).start()

    def _hash_quietly(self) -> None:
        try:
            self.sha256()
        except ModelFailed as error:  # whoever asks will be told
            logger.warning("could not hash the model: %s", error)

    def sha256(self) -> str:
        """Return the model file's hash, computed once, when first asked for (about a second a gigabyte).

        Raises:
            ModelFailed: the file cannot be read any more.
        """
        with self._sha256_lock:
            if self._sha256 is None:
                self._sha256 = _file_sha256(self._path)
            return self._sha256

    def tokenize(self, prompt: RenderedPrompt) -> PromptTokens:
        """Return a prompt's tokens in the model's chat format, in the caller's thread."""
        engine = self._whole()
        return tokenize_prompt(prompt, model=engine.model, chat=engine.chat)

    def submit(self, request: GenerationRequest) -> Generation:
        """Put a request in line; its text is received from what is returned.

        Raises:
            BadInput: no tokens, one that the model does not have, or nothing to write.
            TooLarge: prompt and text do not fit the window.
            ModelFailed: the grammar is not GBNF, the model could not be loaded, or the engine is closed.
            Busy: the line is full.
        """
        engine = self._whole()
        _check(request, vocabulary_tokens=len(engine.model.pieces), window=engine.window)
        constraint = engine.constraints.get(request.grammar) if request.grammar is not None else None
        generation = Generation(request, place=lambda: engine.admission.place(entry))
        entry = EngineRequest(generation, constraint=constraint)
        with self._changed:
            if self._is_closed:
                raise self._closed()
            engine.admission.put(entry)
            self._observer.queued(request)
            self._changed.notify_all()
        return generation

    def close(self) -> None:
        """End everybody at once, also in the middle of a step, and free the model; what is loading is loaded first."""
        with self._changed:
            self._is_closed = True
            if self._engine is not None:
                self._engine.context.stop()
            self._changed.notify_all()
            owner = self._owner
        if owner is not None:
            owner.join()

    def _whole(self) -> OpenEngine:
        """Return the open model, loading it first where need be."""
        engine = self._opened()
        assert engine is not None  # it was waited for
        return engine

    def _opened(self, *, timeout_s: float | None = None) -> OpenEngine | None:
        """Return the open model, None where it is not there within `timeout_s` (None waits)."""
        with self._changed:
            if self._owner is None and not self._is_closed:
                self._load_error = None
                self._owner = threading.Thread(target=self._own, name="llama-owner", daemon=True)
                self._owner.start()
            self._changed.wait_for(lambda: self._engine or self._load_error or self._is_closed, timeout_s)
            if self._load_error is not None:
                raise type(self._load_error)(self._load_error.message, hint=self._load_error.hint)
            if self._is_closed:
                raise self._closed()
            return self._engine

    def _closed(self) -> ModelFailed:
        return ModelFailed(f"the generator for {self._path} is closed", hint="Open it again.")

    def _own(self) -> None:
        """Load, serve until closed, free: the owner thread's whole life."""
        try:
            self.sha256()  # every answer names it; reading the file then would keep the first one waiting at its end
            engine = open_engine(self._path, self._options, sha256=self.sha256, observer=self._observer)
        except Exception as error:  # the thread's root: whoever waits must hear of it
            known = error if isinstance(error, ModelError) else _unexpected(error)
            with self._changed:
                self._load_error = known
                self._owner = None  # the next one to come tries again: the file may have been put right
                self._changed.notify_all()
            return
        with self._changed:
            self._engine = engine
            self._changed.notify_all()
        try:
            while self._has_work(engine):
                self._step(engine)
        finally:
            with self._changed:
                self._is_closed = True  # whatever ended the loop, nobody may join the line any more
                self._changed.notify_all()
            try:
                engine.scheduler.end_all(FinishReason.CLOSED, self._closed, also_waiting=True)
            finally:
                engine.close()

    def _has_work(self, engine: OpenEngine) -> bool:
        """Wait for work; False where the engine is to close."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or not engine.scheduler.is_idle)
            return not self._is_closed

    def _step(self, engine: OpenEngine) -> None:
        try:
            engine.scheduler.step()
        except Exception as error:  # the thread's root: those who run hear of it, those who wait are served
            failure = _unexpected(error)
            engine.scheduler.end_all(
                FinishReason.FAILED,
                lambda: ModelFailed(failure.message, hint=failure.hint),
                also_waiting=not engine.scheduler.is_running,  # else the next step would meet the same
            )
            try:
                engine.scheduler.tell_levels()
            except Exception:
                logger.exception("the observer did not take how full the engine is")


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFailed(f"the model file {path} cannot be read: {error}", hint="Check its permissions.") from error


def _check(request: GenerationRequest, *, vocabulary_tokens: int, window: int) -> None:
    if not request.tokens or request.max_tokens < 1:
        raise BadInput(
            f"a prompt of {len(request.tokens)} tokens and {request.max_tokens} to write", hint="Give one of each."
        )
    if min(request.tokens) < 0 or max(request.tokens) >= vocabulary_tokens:
        raise BadInput(f"a token is not one of the model's {vocabulary_tokens}", hint="Use the engine's `tokenize`.")
    if len(request.tokens) + request.max_tokens > window:
        raise TooLarge(
            f"a prompt of {len(request.tokens)} tokens and {request.max_tokens} to write are over the window of "
            f"{window}",
            hint="Ask for less, or give the model a larger window (RONBUN_CONTEXT_TOKENS).",
        )


def _unexpected(error: Exception) -> ModelFailed:
    logger.exception("the model's thread met an unexpected error", exc_info=error)
    return ModelFailed(f"the model broke: {type(error).__name__}: {error}", hint="The log has the traceback.")
