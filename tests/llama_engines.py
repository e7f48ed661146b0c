"""Engines on tiny models for tests, a context that only counts, and an observer that remembers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.generators.llama.context import BatchPart, LlamaContext, NoRoomError
from app.generators.llama.generation import Generation, GenerationReport
from app.generators.llama.model import LlamaModel
from app.generators.llama.requests import GenerationRequest
from app.generators.llama.running import EngineRequest
from app.generators.llama.sampling import Sampler


class CountingContext:
    """llama.cpp's memory in Python: each cell is a position held by some sequences; reads nothing."""

    def __init__(self, cells: int, *, vocabulary: int = 8) -> None:
        self.cells = cells
        self.vocabulary = vocabulary
        self.held: list[tuple[int, int, set[int]]] = []  # token, position, sequences
        self.batches: list[list[BatchPart]] = []
        self.refusals: list[Exception] = []
        self.first_positions: dict[int, int] = {}

    def tokens(self, sequence: int) -> list[int]:
        return [token for token, _, holders in sorted(self.held, key=lambda one: one[1]) if sequence in holders]

    def decode(self, parts: Sequence[BatchPart]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        if len(self.held) + sum(len(part.tokens) for part in parts) > self.cells:
            raise NoRoomError("full", hint="")
        for part in parts:
            assert part.position == len(self.tokens(part.sequence))
            self.held += [(int(token), part.position + at, {part.sequence}) for at, token in enumerate(part.tokens)]
        self.batches.append(list(parts))

    def logits(self, part: int) -> Any:
        assert self.batches[-1][part].wants_logits
        return np.zeros(self.vocabulary, np.float32)

    def copy(self, sequence: int, to: int, *, length: int) -> None:
        assert not self.tokens(to)
        for _, position, holders in self.held:
            if sequence in holders and position < length:
                holders.add(to)

    def forget(self, sequence: int, *, start: int = 0) -> bool:
        for _, position, holders in self.held:
            if position >= start:
                holders.discard(sequence)
        self.held = [one for one in self.held if one[2]]
        return True

    def forget_all(self) -> None:
        self.held.clear()

    def first_position(self, sequence: int) -> int:
        return self.first_positions.get(sequence, 0)

    def length(self, sequence: int) -> int:
        return len(self.tokens(sequence))

    def state(self, sequence: int) -> bytes:
        return bytes(self.tokens(sequence))

    def restore(self, sequence: int, state: bytes) -> bool:
        self.held += [(token, position, {sequence}) for position, token in enumerate(state)]
        return True


class RememberingObserver:
    """Notes every event; `finished` by request, so that a second end is seen."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.requests: list[GenerationRequest] = []  # kept, so that no two have one id
        self.reports: dict[int, list[GenerationReport]] = {}
        self.steps: list[dict[str, float]] = []
        self.lookups: list[dict[str, int]] = []
        self.levels: dict[str, int] = {}

    def queued(self, request: GenerationRequest) -> None:
        self.events.append("queued")
        self.requests.append(request)

    def started(self, request: GenerationRequest, *, queue_ms: float) -> None:
        self.events.append("started")

    def prefix_looked_up(self, **counts: int) -> None:
        self.lookups.append(counts)

    def first_token(self, request: GenerationRequest, *, elapsed_ms: float) -> None:
        self.events.append("first_token")

    def stepped(self, **counts: float) -> None:
        self.steps.append(counts)

    def filled(self, **counts: int) -> None:
        self.levels = counts

    def finished(self, request: GenerationRequest, report: GenerationReport) -> None:
        self.events.append("finished")
        self.reports.setdefault(id(request), []).append(report)


def make_engine_request(tokens: Sequence[int], *, max_tokens: int = 4, **changes: Any) -> EngineRequest:
    """A request as the engine holds it, in nobody's line."""
    request = GenerationRequest(tuple(tokens), max_tokens, **changes)
    return EngineRequest(Generation(request, place=lambda: None), constraint=None)


def counted(start: int, count: int) -> list[int]:
    """Distinct consecutive tokens below 256."""
    return [token % 256 for token in itertools.islice(itertools.count(start), count)]


def record_tokens(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[int]]:
    """Have every engine note what it writes; returns the tokens of each text by the seed of its sampling."""
    written: dict[int, list[int]] = {}

    class Recording(Sampler):
        def sample(self, logits: Any) -> int:
            token = super().sample(logits)
            written.setdefault(self._options.seed, []).append(token)
            return token

    monkeypatch.setattr("app.generators.llama.running.Sampler", Recording)
    return written


def gaps_alone(path: Path, texts: Iterable[tuple[Sequence[int], Sequence[int]]]) -> list[float]:
    """How much likelier than each written token the likeliest was, each prompt and text read by itself.

    A second implementation: a context of its own, one sequence, no batch, nothing kept.
    """
    model = LlamaModel(path)
    context = LlamaContext(model, cells=2048, sequences=1, batch_tokens=512, threads=1)
    gaps = []
    for prompt, written in texts:
        context.forget_all()
        for start in range(0, len(prompt), 512):
            context.decode([BatchPart(0, start, prompt[start : start + 512], True)])
        for at, token in enumerate(written):
            logits = context.logits(0)
            gaps.append(float(logits.max() - logits[token]))
            context.decode([BatchPart(0, len(prompt) + at, (token,), True)])
    context.close()
    model.close()
    return gaps
