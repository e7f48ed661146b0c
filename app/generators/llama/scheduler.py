"""Continuous batching: requests join and leave between steps; each step reads a token for all that write, and prompts.

One step: let those go whom nobody waits for, let others start (`seats.py`), plan, read the batch, choose a token for
each whose prompt or token was read. For the owner's thread alone.
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
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.observer import EngineObserver
from app.generators.llama.pace import Pace
from app.generators.llama.prefix_cache.context_keeper import ContextKeeper
from app.generators.llama.requests import FinishReason
from app.generators.llama.running import EngineRequest
from app.generators.llama.seats import Seats
from app.generators.llama.step_plan import Reading, StepPlan, plan_step
from indexes.errors import ModelFailed, RonbunError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepTools:
    """What a step needs of the model: tokens that end a text, each token's bytes, tokens that no text holds."""

    ends: frozenset[int]
    pieces: tuple[bytes, ...]
    silent: npt.NDArray[np.int64]
    batch_tokens: int


class Scheduler:
    """The steps that move everybody on who has a seat."""

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
        self._seats = Seats(memory, admission, silent=tools.silent, keeper=keeper, observer=observer)
        self._observer = observer

    @property
    def is_idle(self) -> bool:
        """Whether nobody runs or waits."""
        return not self._seats.running and not self._admission.waiting

    @property
    def is_running(self) -> bool:
        """Whether somebody runs."""
        return bool(self._seats.running)

    def step(self) -> None:
        """Move everybody on by one step."""
        self._seats.let_go()
        self._seats.fill()
        if self._seats.running:
            self._advance()
        self.tell_levels()

    def tell_levels(self) -> None:
        """Tell the observer how full the engine is."""
        self._observer.filled(
            running=len(self._seats.running),
            waiting=self._admission.waiting,
            used_cells=self._memory.used_cells,
            cells=self._memory.cells,
        )

    def end_all(self, reason: FinishReason, error: Callable[[], RonbunError], *, also_waiting: bool) -> None:
        """End everybody who runs, and forget what was read; `also_waiting` ends those in line too."""
        self._seats.end_all(reason, error, also_waiting=also_waiting)

    def _advance(self) -> None:
        plan = self._plan()
        of_sequence = {request.sequence: request for request in self._seats.running}
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
        writing = [request.sequence for request in self._seats.running if not request.is_reading]
        reading = [
            Reading(request.sequence, len(request.prompt) - request.position, request.waited_steps)
            for request in self._seats.running
            if request.is_reading
        ]
        most = self._tools.batch_tokens
        beside = self._pace.chunk_tokens(is_beside=True, most=most)
        if not writing:
            most = self._pace.chunk_tokens(is_beside=len(reading) > 1, most=most)
        return plan_step(writing, reading, max_tokens=most, max_read_beside=beside)

    def _take_results(self, requests: list[EngineRequest], parts: list[BatchPart]) -> None:
        """Move each on by what was read of it, and choose a token for each that has logits."""
        for request in self._seats.running:
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
            self._seats.end(request, FinishReason.FAILED, error)
            return
        if is_first:
            self._admission.note_change(self._seats.running)
            self._observer.first_token(request.generation.request, elapsed_ms=request.first_token_ms or 0.0)
        if reason is not None:
            self._seats.end(request, reason)

    def _make_room(self) -> None:
        """Make cells free where llama.cpp found none against our account: first what nobody uses, then the youngest."""
        if self._memory.evict():
            return
        youngest = self._seats.running[-1]
        logger.warning("no cells left: ended the youngest of %d requests", len(self._seats.running))
        hint = "Ask for less at once, or lower the number of texts written at once."
        self._seats.end(youngest, FinishReason.FAILED, ModelFailed("the model's memory is full", hint=hint))


def _part(request: EngineRequest, count: int, *, wants_logits: bool) -> BatchPart:
    return BatchPart(request.sequence, request.position, request.next_tokens(count), wants_logits)
