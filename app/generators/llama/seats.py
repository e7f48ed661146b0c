"""Those who run: how a request leaves the line for a seat, and how it ends, once, whatever happens.

Knows nothing of steps. For the owner's thread alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from app.generators.llama.admission import Admission
from app.generators.llama.generation import GenerationReport
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.observer import EngineObserver
from app.generators.llama.prefix_cache.context_keeper import ContextKeeper
from app.generators.llama.requests import FinishReason
from app.generators.llama.running import EngineRequest
from indexes.errors import Busy, RonbunError

logger = logging.getLogger(__name__)


class Seats:
    """The requests that run; `silent` are the tokens that none of them may write."""

    def __init__(
        self,
        memory: SequenceMemory,
        admission: Admission,
        *,
        silent: npt.NDArray[np.int64],
        keeper: ContextKeeper | None,
        observer: EngineObserver,
    ) -> None:
        self._memory = memory
        self._admission = admission
        self._silent = silent
        self._keeper = keeper
        self._observer = observer
        self._running: list[EngineRequest] = []

    @property
    def running(self) -> Sequence[EngineRequest]:
        """Who runs, the youngest last."""
        return self._running

    def let_go(self) -> None:
        """End those whom nobody waits for any more, in line or running."""
        now = time.monotonic()
        for request in self._admission.take_left(has_left=lambda one: _left_for(one, now) is not None):
            self._report_end(request, *self._reason_and_error(request, now))
        for request in [one for one in self._running if _left_for(one, now) is not None]:
            self.end(request, *self._reason_and_error(request, now))

    def fill(self) -> None:
        """Start everybody who may start now."""
        while (request := self._admission.next(self._running)) is not None:
            self._start(request)

    def end(self, request: EngineRequest, reason: FinishReason, error: RonbunError | None = None) -> None:
        """End one that runs; what was read of its prompt stays."""
        self._report_end(request, reason, error)
        self._running.remove(request)
        is_saved = False
        try:
            if self._keeper is not None and error is None:
                is_saved = self._keeper.save(request)
        except Exception:  # its reader has the text already; nobody else is to lose one for it
            logger.exception("could not save what was read of %d tokens", len(request.prompt))
        self._memory.end(request.sequence, keep=min(request.position, len(request.prompt)), is_saved=is_saved)
        self._admission.note_change(self._running)

    def end_all(self, reason: FinishReason, error: Callable[[], RonbunError], *, also_waiting: bool) -> None:
        """End everybody who runs, and forget what was read; `also_waiting` ends those in line too."""
        running, self._running = self._running, []
        waiting = self._admission.take_left(has_left=lambda _: True) if also_waiting else []
        for request in (*running, *waiting):
            self._report_end(request, reason, error())
        self._memory.clear()
        self._admission.note_change(self._running)

    def _reason_and_error(self, request: EngineRequest, now: float) -> tuple[FinishReason, RonbunError | None]:
        reason = _left_for(request, now) or FinishReason.CANCELLED
        if reason is FinishReason.CANCELLED:
            return reason, None
        message = f"the text was not written within {request.generation.request.deadline_s:g} s"
        hint = "Try again later, or allow more time."
        return reason, Busy(message, hint=hint, retry_after_s=self._admission.retry_after_s())

    def _start(self, request: EngineRequest) -> None:
        """Start one that has left the line; whatever goes wrong ends it and nobody else."""
        try:
            restored_tokens = self._bring(request)
            match = self._memory.match(request.prompt)  # again: to restore is to evict, also where it fails
            sequence = self._memory.begin(match)
            try:
                request.start(sequence, cached_tokens=match.length if match else 0, silent=self._silent)
            except BaseException:
                self._memory.end(sequence, keep=0)
                raise
        except Exception as error:  # it is in nobody's list: only here can its reader hear of it
            known = error if isinstance(error, RonbunError) else None
            self._observe_end(request, request.end(FinishReason.FAILED, known) if known else request.fail(error))
            return
        self._running.append(request)
        self._observer.started(request.generation.request, queue_ms=request.queue_ms)
        self._observer.prefix_looked_up(
            prompt_tokens=len(request.prompt),
            cached_tokens=request.cached_tokens,
            restored_tokens=min(restored_tokens, request.cached_tokens),
        )

    def _bring(self, request: EngineRequest) -> int:
        """Fetch the beginning of a prompt from disk where that spares reading it; return its tokens, or 0."""
        if self._keeper is None:
            return 0
        match = self._memory.match(request.prompt)
        promised = sum(one.remaining_tokens for one in self._running)
        known, wanted = match.length if match else 0, request.remaining_tokens
        return self._keeper.bring(request.prompt, known=known, wanted=wanted, promised=promised)

    def _report_end(self, request: EngineRequest, reason: FinishReason, error: RonbunError | None = None) -> None:
        """Say once that a request has ended. Raises nothing: others may have to hear of their ends after it."""
        try:
            report = request.end(reason, error)
        except Exception as unexpected:
            report = request.fail(unexpected)
        self._observe_end(request, report)

    def _observe_end(self, request: EngineRequest, report: GenerationReport | None) -> None:
        try:
            if report is not None:
                self._observer.finished(request.generation.request, report)
        except Exception:
            logger.exception("the observer did not take the end of a text")


def _left_for(request: EngineRequest, now: float) -> FinishReason | None:
    """Return why nobody waits for it any more, or None."""
    if request.generation.is_cancelled:
        return FinishReason.CANCELLED
    deadline = request.generation.deadline
    return FinishReason.DEADLINE if deadline is not None and now >= deadline else None
