"""Continuous batching: requests join and leave between steps; each step reads a token for all that write, and prompts.

One step: let those go whom nobody waits for, let others start, plan, read the batch, choose a token for each whose
prompt or token was read. Whatever happens, each request ends once. For the owner's thread alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.generators.llama.admission import Admission
from app.generators.llama.context import BatchPart, NoRoomError, StoppedError
from app.generators.llama.generation import GenerationReport
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.observer import EngineObserver
from app.generators.llama.pace import Pace
from app.generators.llama.prefix_cache.context_keeper import ContextKeeper
from app.generators.llama.requests import FinishReason
from app.generators.llama.running import EngineRequest
from app.generators.llama.step_plan import Reading, StepPlan, plan_step
from indexes.errors import Busy, ModelFailed, RonbunError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepTools:
    """What a step needs of the model: tokens that end a text, each token's bytes, tokens that no text holds."""

    ends: frozenset[int]
    pieces: tuple[bytes, ...]
    silent: npt.NDArray[np.int64]
    batch_tokens: int


class Scheduler:
    """The requests that run, and the steps that move them on."""

    def __init__(
        self,
        memory: SequenceMemory,
        admission: Admission,
        *,
        tools: StepTools,
        pace: Pace,
        keeper: ContextKeeper | None,
        observer: EngineObserver,
    ) -> None:
        self._memory = memory
        self._admission = admission
        self._tools = tools
        self._pace = pace
        self._keeper = keeper
        self._observer = observer
        self._running: list[EngineRequest] = []

    @property
    def is_idle(self) -> bool:
        """Whether nobody runs or waits."""
        return not self._running and not self._admission.waiting

    @property
    def is_running(self) -> bool:
        """Whether somebody runs."""
        return bool(self._running)

    def step(self) -> None:
        """Move everybody on by one step."""
        self._let_go()
        while (request := self._admission.next(self._running)) is not None:
            self._start(request)
        if self._running:
            self._advance()
        self.tell_levels()

    def tell_levels(self) -> None:
        """Tell the observer how full the engine is."""
        self._observer.filled(
            running=len(self._running),
            waiting=self._admission.waiting,
            used_cells=self._memory.used_cells,
            cells=self._memory.cells,
        )

    def end_all(self, reason: FinishReason, error: Callable[[], RonbunError], *, also_waiting: bool) -> None:
        """End everybody who runs, and forget what was read; `also_waiting` ends those in line too."""
        running, self._running = self._running, []
        waiting = self._admission.take_left(has_left=lambda _: True) if also_waiting else []
        for request in (*running, *waiting):
            self._report_end(request, reason, error())
        self._memory.clear()
        self._admission.note_change(self._running)

    def _let_go(self) -> None:
        """End those whom nobody waits for any more."""
        now = time.monotonic()
        for request in self._admission.take_left(has_left=lambda one: _left_for(one, now) is not None):
            self._report_end(request, *self._reason_and_error(request, now))
        for request in [one for one in self._running if _left_for(one, now) is not None]:
            self._end(request, *self._reason_and_error(request, now))

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
                request.start(sequence, cached_tokens=match.length if match else 0, silent=self._tools.silent)
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

    def _advance(self) -> None:
        plan = self._plan()
        of_sequence = {request.sequence: request for request in self._running}
        parts = [_part(of_sequence[sequence], 1, wants_logits=True) for sequence in plan.writing]
        parts += [_part(of_sequence[one.sequence], one.tokens, wants_logits=one.is_last) for one in plan.chunks]
        started = time.perf_counter()
        try:
            self._memory.decode(parts)
        except NoRoomError:
            self._make_room()
            return
        except StoppedError:
            return  # the engine is being closed: its thread ends everybody
        except ModelFailed as error:
            logger.error("a step of %d tokens failed: %s", plan.tokens, error)
            message, hint = error.message, error.hint
            self.end_all(FinishReason.FAILED, lambda: ModelFailed(message, hint=hint), also_waiting=False)
            return
        self._take_results([of_sequence[part.sequence] for part in parts], parts)
        elapsed_s = time.perf_counter() - started
        read_tokens = plan.tokens - len(plan.writing)
        self._pace.note(read_tokens=read_tokens, written_tokens=len(plan.writing), elapsed_s=elapsed_s)
        written_tokens = sum(part.wants_logits for part in parts)
        self._observer.stepped(
            read_tokens=read_tokens,
            written_tokens=written_tokens,
            sequences=len(parts),
            elapsed_ms=1000 * elapsed_s,
        )

    def _plan(self) -> StepPlan:
        writing = [request.sequence for request in self._running if not request.is_reading]
        reading = [
            Reading(request.sequence, len(request.prompt) - request.position, request.waited_steps)
            for request in self._running
            if request.is_reading
        ]
        most = self._tools.batch_tokens
        beside = self._pace.chunk_tokens(is_beside=True, most=most)
        if not writing:
            most = self._pace.chunk_tokens(is_beside=len(reading) > 1, most=most)
        return plan_step(writing, reading, max_tokens=most, max_read_beside=beside)

    def _take_results(self, requests: list[EngineRequest], parts: list[BatchPart]) -> None:
        """Move each on by what was read of it, and choose a token for each that has logits."""
        for request in self._running:
            request.waited_steps += 1
        for index, (request, part) in enumerate(zip(requests, parts, strict=True)):
            request.waited_steps = 0
            request.position += len(part.tokens)
            if part.wants_logits:
                self._write(request, index)

    def _write(self, request: EngineRequest, part: int) -> None:
        is_first = request.first_token_ms is None
        try:
            reason = request.write(self._memory.logits(part), ends=self._tools.ends, pieces=self._tools.pieces)
        except RonbunError as error:
            self._end(request, FinishReason.FAILED, error)
            return
        if is_first:
            self._admission.note_change(self._running)
            self._observer.first_token(request.generation.request, elapsed_ms=request.first_token_ms or 0.0)
        if reason is not None:
            self._end(request, reason)

    def _make_room(self) -> None:
        """Make cells free where llama.cpp found none against our account: first what nobody uses, then the youngest."""
        if self._memory.evict():
            return
        youngest = self._running[-1]
        logger.warning("no cells left: ended the youngest of %d requests", len(self._running))
        hint = "Ask for less at once, or lower the number of texts written at once."
        self._end(youngest, FinishReason.FAILED, ModelFailed("the model's memory is full", hint=hint))

    def _end(self, request: EngineRequest, reason: FinishReason, error: RonbunError | None = None) -> None:
        """End one that runs; what was read of its prompt stays."""
        self._report_end(request, reason, error)
        self._running.remove(request)
        try:
            if self._keeper is not None and error is None:
                self._keeper.save(request)
        except Exception:  # its reader has the text already; nobody else is to lose one for it
            logger.exception("could not save what was read of %d tokens", len(request.prompt))
        self._memory.end(request.sequence, keep=min(request.position, len(request.prompt)))
        self._admission.note_change(self._running)

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


def _part(request: EngineRequest, count: int, *, wants_logits: bool) -> BatchPart:
    return BatchPart(request.sequence, request.position, request.next_tokens(count), wants_logits)


def _left_for(request: EngineRequest, now: float) -> FinishReason | None:
    """Return why nobody waits for it any more, or None."""
    if request.generation.is_cancelled:
        return FinishReason.CANCELLED
    deadline = request.generation.deadline
    return FinishReason.DEADLINE if deadline is not None and now >= deadline else None
