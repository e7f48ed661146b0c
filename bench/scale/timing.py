"""How long a call takes: on the wall, and of the processor, which other programs on the machine distort less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter, thread_time
from typing import TypeVar

import numpy as np

Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: middle and 95th percentile, on the wall and of this thread's processor time."""

    wall_p50_ms: float
    wall_p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float

    def to_json(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)


class Stopwatch:
    """Times calls under names."""

    def __init__(self) -> None:
        self._taken: dict[str, list[tuple[float, float]]] = {}

    def time(self, name: str, call: Callable[[], Returned]) -> Returned:
        """Call and return what the call gives, with its time noted under `name`."""
        wall, cpu = perf_counter(), thread_time()
        try:
            return call()
        finally:
            self._taken.setdefault(name, []).append((perf_counter() - wall, thread_time() - cpu))

    def times(self) -> dict[str, Times]:
        """Return the times by name, in the order of the first calls."""
        return {name: summed_up(taken) for name, taken in self._taken.items()}


def summed_up(taken: Sequence[tuple[float, float]]) -> Times:
    """Return the percentiles of (wall, processor) seconds."""
    milliseconds = np.array(taken) * 1000
    (wall_p50, cpu_p50), (wall_p95, cpu_p95) = np.percentile(milliseconds, [50, 95], axis=0).round(2).tolist()
    return Times(wall_p50, wall_p95, cpu_p50, cpu_p95)
