"""The reader's handle on one text: its pieces as they are written, its place in line, and how it went."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.protocol import DraftProgress, Stage
from indexes.errors import RonbunError


@dataclass(frozen=True, slots=True)
class GenerationReport:
    """How a text ended, what it took, and when: milliseconds in line, reading, writing, and until the first token.

    `cached_tokens` of the prompt had been read before. `closing` is what makes a text whole that was cut off under a
    grammar; it is not among the pieces, for the model did not write it. A stage that was not reached took 0.
    """

    finish: FinishReason
    prompt_tokens: int
    cached_tokens: int
    written_tokens: int
    queue_ms: float
    read_ms: float
    write_ms: float
    first_token_ms: float | None
    closing: str = ""


class Generation:
    """One text being written, for one consumer. Iterate (`for` or `async for`) to receive it; leave with `cancel`."""

    def __init__(self, request: GenerationRequest, *, place: Callable[[], tuple[int, float | None] | None]) -> None:
        self.request = request
        self.submitted_at = time.monotonic()
        self._place = place
        self._pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._stage = Stage.WAITING
        self._report: GenerationReport | None = None
        self._error: RonbunError | None = None
        self._is_drained = False
        self._wake: Callable[[], object] | None = None

    @property
    def report(self) -> GenerationReport | None:
        """How it went; None until it has ended."""
        return self._report

    @property
    def progress(self) -> DraftProgress:
        """Stage, and while it waits its position in the line and an estimate of the wait."""
        if self._stage is Stage.WAITING and (place := self._place()) is not None:
            position, wait_s = place
            return DraftProgress(Stage.WAITING, position, wait_s)
        return DraftProgress(self._stage)

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled.is_set()

    @property
    def deadline(self) -> float | None:
        """The time of `time.monotonic` after which nobody waits any more."""
        wait_s = self.request.deadline_s
        return None if wait_s is None else self.submitted_at + wait_s

    def cancel(self) -> None:
        """Stop the work after the step that is under way; from any thread, any number of times."""
        self._cancelled.set()

    def poll(self, *, timeout_s: float | None = None) -> str | None:
        """Return the next piece; "" where none came in `timeout_s` seconds (None waits), None at the end.

        Raises:
            ModelFailed: the work broke, or the engine was closed.
            Busy: the deadline passed.
        """
        if not self._is_drained:
            try:
                piece = self._pieces.get(timeout=timeout_s) if timeout_s != 0 else self._pieces.get_nowait()
            except queue.Empty:
                return ""
            if piece is not None:
                return piece
            self._is_drained = True
        if self._error is not None:
            raise self._error
        return None

    def __iter__(self) -> Iterator[str]:
        """Yield pieces of text; raises as `poll` does."""
        while (piece := self.poll()) is not None:
            yield piece

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield pieces of text; a task that is cancelled, or leaves the loop, cancels the text."""
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(arrived.set)
        try:
            while True:
                arrived.clear()
                piece = self.poll(timeout_s=0)
                if piece is None:
                    return
                if piece:
                    yield piece
                else:
                    await arrived.wait()
        finally:
            self._wake = None
            self.cancel()

    def enter(self, stage: Stage) -> None:
        """Note how far it has come (the engine's side)."""
        self._stage = stage

    def put(self, text: str) -> None:
        """Hand over a piece (the engine's side)."""
        if text:
            self._pieces.put(text)
            self._notify()

    def end(self, report: GenerationReport, error: RonbunError | None = None) -> bool:
        """Say that nothing more comes (the engine's side); False where that was said before."""
        with self._lock:
            if self._report is not None:
                return False
            self._error, self._report = error, report
        self._pieces.put(None)
        self._notify()
        return True

    def _notify(self) -> None:
        wake = self._wake
        if wake is not None:
            try:
                wake()
            except RuntimeError:  # the reader's event loop is closed
                self.cancel()
