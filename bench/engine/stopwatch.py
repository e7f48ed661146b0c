"""Seconds on the wall and of the process's processors, which other programs on the machine distort less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from time import perf_counter, process_time
from typing import Any, TypeVar

Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one measurement; `cpu_s` is of all threads together."""

    wall_s: float
    cpu_s: float

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)

    def times(self, factor: float) -> Taken:
        """Return so many times as much."""
        return Taken(self.wall_s * factor, self.cpu_s * factor)


def timed(call: Callable[[], Returned]) -> tuple[Returned, Taken]:
    """Return what a call gives and what it took."""
    wall, cpu = perf_counter(), process_time()
    returned = call()
    return returned, Taken(perf_counter() - wall, process_time() - cpu)


def mean(taken: Sequence[Taken]) -> Taken:
    """Return the mean."""
    return Taken(fmean(each.wall_s for each in taken), fmean(each.cpu_s for each in taken))


def ratios(name: str, ours: Taken, theirs: Taken) -> dict[str, Any]:
    """Return ours as a part of theirs, by the wall and by processor time."""
    return {
        name: round(ours.wall_s / theirs.wall_s, 3),
        f"{name}_by_cpu": round(ours.cpu_s / theirs.cpu_s, 3),
    }
