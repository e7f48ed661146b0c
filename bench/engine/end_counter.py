"""An observer that counts ends: whether each request that the engine took ended once, and who is still in it."""

from __future__ import annotations

import threading
from collections import Counter

from app.generators.llama.generation import GenerationReport
from app.generators.llama.requests import GenerationRequest


class EndCounter:
    """Counts what was queued and what ended, and notes who was in the engine last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.queued_requests = 0
        self.ended: Counter[int] = Counter()
        self.finishes: Counter[str] = Counter()
        self.running, self.waiting = 0, 0

    def queued(self, request: GenerationRequest) -> None:
        """Count one that has joined the line."""
        with self._lock:
            self.queued_requests += 1

    def started(self, request: GenerationRequest, *, queue_ms: float) -> None:
        """Do nothing."""

    def prefix_looked_up(self, *, prompt_tokens: int, cached_tokens: int, restored_tokens: int) -> None:
        """Do nothing."""

    def first_token(self, request: GenerationRequest, *, elapsed_ms: float) -> None:
        """Do nothing."""

    def stepped(self, *, read_tokens: int, written_tokens: int, sequences: int, elapsed_ms: float) -> None:
        """Do nothing."""

    def filled(self, *, running: int, waiting: int, used_cells: int, cells: int) -> None:
        """Note who is in the engine."""
        self.running, self.waiting = running, waiting

    def finished(self, request: GenerationRequest, report: GenerationReport) -> None:
        """Count an end, by the request's seed."""
        with self._lock:
            self.ended[request.sampling.seed] += 1
            self.finishes[report.finish.value] += 1
