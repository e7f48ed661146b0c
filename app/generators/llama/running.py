"""One request from the line to its end: how much of its prompt is read, what it writes next, and how it ends."""

from __future__ import annotations

import logging
import time

import numpy as np
import numpy.typing as npt

from app.generators.llama.generation import Generation, GenerationReport
from app.generators.llama.grammar.constraint import Constraint, Matcher
from app.generators.llama.memory import Tokens
from app.generators.llama.requests import FinishReason
from app.generators.llama.sampling import Sampler
from app.generators.llama.text_stream import TextStream
from app.generators.protocol import Stage
from indexes.errors import ModelFailed, RonbunError

logger = logging.getLogger(__name__)


class EngineRequest:
    """The engine's side of a `Generation`; in use by one thread at a time: the submitter's, then the owner's."""

    def __init__(self, generation: Generation, *, constraint: Constraint | None) -> None:
        self.generation = generation
        self.prompt: Tokens = np.asarray(generation.request.tokens, np.int32)
        self.max_tokens = generation.request.max_tokens
        self.sequence = -1
        self.position = 0
        self.cached_tokens = 0
        self.written_tokens = 0
        self.waited_steps = 0
        self._constraint = constraint
        self._matcher: Matcher | None = None
        self._sampler: Sampler | None = None
        self._stream = TextStream(generation.request.stops)
        self._next_token = -1
        self._started_at: float | None = None
        self._first_token_at: float | None = None

    @property
    def is_reading(self) -> bool:
        """Whether a part of the prompt is still unread."""
        return self.position < len(self.prompt)

    @property
    def remaining_tokens(self) -> int:
        """Most tokens that it may still read and write, and so cells that it may still take."""
        return len(self.prompt) + self.max_tokens - self.position

    @property
    def queue_ms(self) -> float:
        """How long it stood in line."""
        return 1000 * ((self._started_at or time.monotonic()) - self.generation.submitted_at)

    @property
    def first_token_ms(self) -> float | None:
        """From its submission to its first token; None before."""
        return None if self._first_token_at is None else 1000 * (self._first_token_at - self.generation.submitted_at)

    def fail(self, error: Exception) -> GenerationReport | None:
        """Say that an unexpected error has ended it; None where its end was said before."""
        logger.exception("a text met an unexpected error", exc_info=error)
        failure = ModelFailed(f"the model broke: {type(error).__name__}: {error}", hint="The log has the traceback.")
        return self.end(FinishReason.FAILED, failure)

    def start(self, sequence: int, *, cached_tokens: int, silent: npt.NDArray[np.int64]) -> None:
        """Note that it holds a sequence, which has its first `cached_tokens` already; `silent` are never written."""
        self.sequence = sequence
        self._matcher = self._constraint.open() if self._constraint else None
        self._sampler = Sampler(self.generation.request.sampling, silent=silent, matcher=self._matcher)
        self.position = self.cached_tokens = cached_tokens
        self._started_at = time.monotonic()
        self.generation.enter(Stage.READING)

    def next_tokens(self, count: int) -> Tokens:
        """Return what the model reads next of it: up to `count` tokens of the prompt, or the token written last."""
        if self.is_reading:
            return self.prompt[self.position : self.position + count]
        return np.array([self._next_token], np.int32)

    def write(
        self, logits: npt.NDArray[np.float32], *, ends: frozenset[int], pieces: tuple[bytes, ...]
    ) -> FinishReason | None:
        """Choose a token and hand out its text; return why the text ends with it, or None. It must have started.

        Raises:
            ModelFailed: the grammar allows nothing, or the bytes are no text.
        """
        assert self._sampler is not None
        token = self._sampler.sample(logits)
        if self._first_token_at is None:
            self._first_token_at = time.monotonic()
            self.generation.enter(Stage.WRITING)
        if token in ends:
            return FinishReason.END
        self.written_tokens += 1
        self._next_token = token
        self.generation.put(self._stream.feed(pieces[token]))
        if self._stream.is_stopped:
            return FinishReason.STOP
        if self._matcher is not None and self._matcher.is_finished:
            return FinishReason.END
        return FinishReason.LENGTH if self.written_tokens >= self.max_tokens else None

    def end(self, reason: FinishReason, error: RonbunError | None = None) -> GenerationReport | None:
        """Hand out the rest of the text and say that it has ended; None where that was said before."""
        closing = ""
        if error is None:
            try:
                matcher = self._matcher or (self._constraint.open() if self._constraint else None)
                rest = self._stream.finish(matcher.closing() if matcher else b"")
                self.generation.put(rest.text)
                closing = rest.closing
            except ModelFailed as failure:
                reason, error = FinishReason.FAILED, failure
        report = self._report(reason, closing=closing)
        return report if self.generation.end(report, error) else None

    def _report(self, reason: FinishReason, *, closing: str) -> GenerationReport:
        now = time.monotonic()
        started_at = self._started_at or now
        first_at = self._first_token_at
        return GenerationReport(
            finish=reason,
            prompt_tokens=len(self.prompt),
            cached_tokens=self.cached_tokens,
            written_tokens=self.written_tokens,
            queue_ms=self.queue_ms,
            read_ms=1000 * ((first_at or now) - started_at),
            write_ms=1000 * (now - first_at) if first_at else 0.0,
            first_token_ms=self.first_token_ms,
            closing=closing,
        )
