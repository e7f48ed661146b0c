"""Asking the engine as the rows do: open it, submit requests at once or one by one, and note what came back when."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import Generation, GenerationReport
from app.generators.llama.observer import EngineObserver
from app.generators.llama.requests import GenerationRequest
from bench.engine.setting import Setting
from bench.engine.stopwatch import Taken, timed

WINDOW = 8192
QUEUE = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What some requests gave, in their order, and what it took until the last had ended."""

    texts: tuple[str, ...]
    reports: tuple[GenerationReport, ...]
    taken: Taken

    @property
    def written_tokens(self) -> int:
        """Tokens of all texts."""
        return sum(report.written_tokens for report in self.reports)


def opened_engine(
    setting: Setting,
    *,
    path: Path | None = None,
    saved_contexts: Path | None = None,
    observer: EngineObserver | None = None,
) -> closing[LlamaEngine]:
    """Open an engine with the model loaded for the length of a `with` block."""
    engine = LlamaEngine(
        path or setting.model,
        context_tokens=WINDOW,
        threads=setting.processors,
        max_queue=QUEUE,
        saved_contexts=saved_contexts,
        observer=observer,
    )
    _ = engine.window  # loads
    return closing(engine)


def ask_at_once(engine: LlamaEngine, requests: Sequence[GenerationRequest]) -> Asked:
    """Submit all, then receive all."""

    def ask() -> list[tuple[str, GenerationReport]]:
        generations = [engine.submit(request) for request in requests]
        return [received(generation) for generation in generations]

    return _asked(*timed(ask))


def ask_one_by_one(engine: LlamaEngine, requests: Sequence[GenerationRequest]) -> Asked:
    """Submit each when the one before has ended."""
    return _asked(*timed(lambda: [received(engine.submit(request)) for request in requests]))


def received(generation: Generation) -> tuple[str, GenerationReport]:
    """Return a text, with what closes it, and its report once it has ended."""
    text = "".join(generation)
    assert generation.report is not None
    return text + generation.report.closing, generation.report


def _asked(ended: Sequence[tuple[str, GenerationReport]], taken: Taken) -> Asked:
    return Asked(tuple(text for text, _ in ended), tuple(report for _, report in ended), taken)
