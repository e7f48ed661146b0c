"""Candidates of a query with their scores, and what each score consists of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows, Scores
from indexes.fusion import KEYWORDS, MEANING, fused, shares
from indexes.late_interaction.maxsim import QueryTokens
from indexes.records import Contribution, HitSource

DENSE_WEIGHT = 0.35
"""Share of meaning in the sum. On COVID-QA and QASPER dev (trial on the passages of bench/retrieval, 2026-11) .30 /
.35 / .40 / .45 give an MRR of .795 / .795 / .792 / .786 and .438 / .443 / .434 / .429: flat around the choice."""


@dataclass(frozen=True)
class Pool:
    """Every candidate by row, ascending, with its score and those of the halves; arrays (m,).

    `depths` says at which place, from 0, the half that found it sooner has it. `dense` and `pieces` (the query's word
    pieces) are None where the encoder was not asked. `most` is what the highest score can be.
    """

    rows: Rows
    scores: Scores
    sources: list[HitSource]
    depths: Rows
    keyword: Scores
    dense: Scores | None
    pieces: QueryTokens | None
    most: float = 1.0

    def __len__(self) -> int:
        return len(self.rows)

    def until(self, depth: int) -> Pool:
        """Return what so many places of each half would have given, however many were asked for."""
        return self if not len(self) or self.depths.max() < depth else self._part(self.depths < depth, most=1.0)

    def beyond(self, depth: int, *, most: float) -> Pool:
        """Return the others; none has a score above `most`."""
        return self._part(self.depths >= depth, most=most)

    def _part(self, is_in: npt.NDArray[np.bool_], *, most: float) -> Pool:
        dense = None if self.dense is None else self.dense[is_in]
        keyword, sources = self.keyword[is_in], list(compress(self.sources, is_in.tolist()))
        scores = self.scores[is_in] if dense is None else fused(keyword, dense, dense_weight=DENSE_WEIGHT)
        return Pool(self.rows[is_in], most * scores, sources, self.depths[is_in], keyword, dense, self.pieces, most)

    def contributions(self, place: int) -> tuple[Contribution, ...]:
        """Return what the score at this place consists of."""
        if self.dense is None:
            return (Contribution(KEYWORDS, float(self.keyword[place]), float(self.scores[place])),)
        by_word, by_meaning = self._shares
        return (
            Contribution(KEYWORDS, float(self.keyword[place]), self.most * float(by_word[place])),
            Contribution(MEANING, float(self.dense[place]), self.most * float(by_meaning[place])),
        )

    @cached_property
    def _shares(self) -> tuple[Scores, Scores]:
        assert self.dense is not None
        return shares(self.keyword, self.dense, dense_weight=DENSE_WEIGHT)
