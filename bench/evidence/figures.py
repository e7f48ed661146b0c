"""Rankings to the few figures that ways are compared by. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

import numpy as np

from bench.gold import Stretch
from indexes.arrays import Scores

Table = dict[str, dict[str, Any]]
"""Figures by way and by name."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged of each candidate, and what of it is relevant; `excluded` is left out of rankings."""

    units: tuple[str, ...]
    relevant: frozenset[str]
    excluded: frozenset[str] = frozenset()

    def rank(self, scores: Scores) -> int | None:
        """Return the place, from 1, of the first relevant unit where candidates go by these scores; ties by order."""
        order = np.argsort(-scores, kind="stable")
        units = dict.fromkeys(unit for unit in (self.units[place] for place in order) if unit not in self.excluded)
        return next((rank for rank, unit in enumerate(units, start=1) if unit in self.relevant), None)


def reciprocal(rank: int | None) -> float:
    """Return 1 / rank; 0 for what was not found."""
    return 1 / rank if rank else 0.0


def ranks_told(ranks: Sequence[int | None]) -> dict[str, float]:
    """Return hit@1, hit@5 and MRR."""
    return {
        "hit@1": round(mean(rank == 1 for rank in ranks), 4),
        "hit@5": round(mean(rank is not None and rank <= 5 for rank in ranks), 4),
        "mrr": round(mean(map(reciprocal, ranks)), 4),
    }


def share_read(passages: Sequence[Sequence[Stretch]], evidence: Sequence[Stretch], *, budget: int) -> float:
    """Return the share of the evidence's characters that a reader of `budget` characters has met.

    Args:
        passages: best first, where each stands in its paper's text; what comes twice is read twice.
        evidence: at least one character.
        budget: characters read, from the first passage on; the last may be cut.
    """
    wanted = {place for start, end in evidence for place in range(start, end)}
    left, met = budget, set[int]()
    for start, end in (stretch for passage in passages for stretch in passage):
        met |= wanted & set(range(start, min(end, start + left)))
        left -= end - start
        if left <= 0:
            break
    return len(met) / len(wanted)


def print_table(title: str, table: Mapping[str, Mapping[str, Any]]) -> None:
    """Print one row a way."""
    print(f"\n== {title}")
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    width = max(map(len, table))
    print(f"{'':{width}}" + "".join(f"{name:>{max(10, len(name) + 2)}}" for name in names))
    for way, row in table.items():
        cells = (f"{row[name]:>{max(10, len(name) + 2)}.3f}" if name in row else " " * 10 for name in names)
        print(f"{way:{width}}" + "".join(cells))
