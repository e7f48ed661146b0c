"""What is watched inside the engine for a benchmark: how long its parts take, and which tokens it chose by how much.

The engine has no such hooks, for they would cost each step; parts are replaced for the length of a `with` block. Begin
the block before the engine is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np

from app.generators.llama import running
from app.generators.llama.context import LlamaContext
from app.generators.llama.running import EngineRequest
from app.generators.llama.sampling import Logits, Sampler
from app.generators.llama.scheduler import Scheduler


@dataclass(slots=True)
class PartTimes:
    """Seconds by part of a step, and how many steps there were."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def clear(self) -> None:
        """Begin anew."""
        self.seconds.clear()
        self.calls.clear()

    def shares(self) -> dict[str, float]:
        """Return each part's share of the steps: llama.cpp, choosing tokens, text, and the rest of the scheduler."""
        step = self.seconds.get("step", 0.0) or 1.0
        decode = self.seconds.get("decode", 0.0) + self.seconds.get("logits", 0.0)
        sample, write = self.seconds.get("sample", 0.0), self.seconds.get("write", 0.0)
        parts = {"decode": decode, "sample": sample, "text": write - sample, "scheduler": step - decode - write}
        return {name: round(each / step, 4) for name, each in parts.items()}


@contextmanager
def timed_parts() -> Iterator[PartTimes]:
    """Time the parts of each step of engines opened in the block."""
    times = PartTimes()
    places: tuple[tuple[type, str, str], ...] = (
        (Scheduler, "step", "step"),
        (LlamaContext, "decode", "decode"),
        (LlamaContext, "logits", "logits"),
        (Sampler, "sample", "sample"),
        (EngineRequest, "write", "write"),
    )
    with ExitStack() as stack:
        for owner, method, name in places:
            stack.enter_context(patch.object(owner, method, _timed(getattr(owner, method), name, times)))
        yield times


@dataclass(frozen=True, slots=True)
class Choice:
    """A token that was chosen, and by how much its logit was above the next."""

    token: int
    gap: float


class ChoiceRecorder(Sampler):
    """A sampler that notes its choices under the seed of its options, which tells requests apart."""

    choices: ClassVar[dict[int, list[Choice]]]
    _guard = threading.Lock()

    def sample(self, logits: Logits) -> int:
        """Choose as ever, and note it."""
        second, first = np.partition(logits, -2)[-2:]
        token = super().sample(logits)
        with self._guard:
            self.choices.setdefault(self._options.seed, []).append(Choice(token, float(first - second)))
        return token


@contextmanager
def recorded_choices() -> Iterator[dict[int, list[Choice]]]:
    """Record the choices of engines opened in the block, by the seeds of their requests."""

    class Recorder(ChoiceRecorder):
        choices: ClassVar[dict[int, list[Choice]]] = {}

    with patch.object(running, "Sampler", Recorder):
        yield Recorder.choices


def _timed(function: Any, name: str, times: PartTimes) -> Any:
    def wrapper(*arguments: Any, **options: Any) -> Any:
        started = perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            times.seconds[name] = times.seconds.get(name, 0.0) + perf_counter() - started
            times.calls[name] = times.calls.get(name, 0) + 1

    return wrapper
