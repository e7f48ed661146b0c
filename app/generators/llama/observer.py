"""What an engine tells whoever measures it: one method an event, called between steps and expected to be quick."""

from __future__ import annotations

from typing import Protocol

from app.generators.llama.generation import GenerationReport
from app.generators.llama.requests import GenerationRequest


class EngineObserver(Protocol):
    """Hears of every request once per event; all but `queued` are called by the engine's thread."""

    def queued(self, request: GenerationRequest) -> None:
        """Hear that a request has joined the line; called in the thread that submits it."""
        ...

    def started(self, request: GenerationRequest, *, queue_ms: float) -> None:
        """Hear that a request has left the line after `queue_ms`."""
        ...

    def prefix_looked_up(self, *, prompt_tokens: int, cached_tokens: int, restored_tokens: int) -> None:
        """Hear how much of a prompt had been read before; `restored_tokens` of it came from disk."""
        ...

    def first_token(self, request: GenerationRequest, *, elapsed_ms: float) -> None:
        """Hear that a request's first token is written, `elapsed_ms` after it was submitted."""
        ...

    def stepped(self, *, read_tokens: int, written_tokens: int, sequences: int, elapsed_ms: float) -> None:
        """Hear of one step: prompt tokens read and tokens written for `sequences` requests together."""
        ...

    def filled(self, *, running: int, waiting: int, used_cells: int, cells: int) -> None:
        """Hear how full the engine is, after each step and when it falls idle; `cells` are tokens of memory."""
        ...

    def finished(self, request: GenerationRequest, report: GenerationReport) -> None:
        """Hear how a request ended: once each, whatever happened to it."""
        ...


class SilentObserver:
    """Hears everything and does nothing."""

    def queued(self, request: GenerationRequest) -> None:
        """Do nothing."""

    def started(self, request: GenerationRequest, *, queue_ms: float) -> None:
        """Do nothing."""

    def prefix_looked_up(self, *, prompt_tokens: int, cached_tokens: int, restored_tokens: int) -> None:
        """Do nothing."""

    def first_token(self, request: GenerationRequest, *, elapsed_ms: float) -> None:
        """Do nothing."""

    def stepped(self, *, read_tokens: int, written_tokens: int, sequences: int, elapsed_ms: float) -> None:
        """Do nothing."""

    def filled(self, *, running: int, waiting: int, used_cells: int, cells: int) -> None:
        """Do nothing."""

    def finished(self, request: GenerationRequest, report: GenerationReport) -> None:
        """Do nothing."""
