"""Candidates of a query with their scores, and what each score consists of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows, Scores
from indexes.fusion import KEYWORDS, MEANING, fused, shares
from indexes.late_interaction.maxsim import QueryTokens
from indexes.records import Contribution, HitSource

NOWHERE = int(np.iinfo(np.int64).max)
"""The place of a candidate that a half did not find."""

DENSE_WEIGHT = 0.35
"""Share of meaning in the sum. On COVID-QA and QASPER dev (trial on the passages of bench/retrieval, 2026-11) .30 /
.35 / .40 / .45 give an MRR of .795 / .795 / .792 / .786 and .438 / .443 / .434 / .429: flat around the choice."""


@dataclass(frozen=True)
class Pool:
    """Every candidate by row, ascending, with its score and those of the halves; arrays (m,).

    `by_word` and `by_meaning` say at which place, from 0, each half has it, `NOWHERE` where it did not find it. `dense`
    and `pieces` (the query's word pieces) are None where the encoder was not asked. What is shown as a score is
    `scores` times `most`.
    """

    rows: Rows
    scores: Scores
    by_word: Rows
    by_meaning: Rows
    keyword: Scores
    dense: Scores | None
    pieces: QueryTokens | None
    most: float = 1.0

    def __len__(self) -> int:
        return len(self.rows)

    def source(self, place: int) -> HitSource:
        """Return which half found the candidate at this place."""
        if max(self.by_word[place], self.by_meaning[place]) < NOWHERE:
            return HitSource.FUSED
        return HitSource.KEYWORD if self.by_word[place] < NOWHERE else HitSource.DENSE

    def until(self, depth: int) -> Pool:
        """Return what so many places of each half would have given, however many were asked for."""
        cut = replace(self, by_word=_until(self.by_word, depth), by_meaning=_until(self.by_meaning, depth))
        is_in = np.minimum(cut.by_word, cut.by_meaning) < depth
        return cut if is_in.all() else cut._part(is_in, most=1.0)

    def beyond(self, depth: int, *, most: float) -> Pool:
        """Return the others; none is shown with a score above `most`."""
        return self._part(np.minimum(self.by_word, self.by_meaning) >= depth, most=most)

    def _part(self, is_in: npt.NDArray[np.bool_], *, most: float) -> Pool:
        keyword, dense = self.keyword[is_in], None if self.dense is None else self.dense[is_in]
        scores = self.scores[is_in] if dense is None else fused(keyword, dense, dense_weight=DENSE_WEIGHT)
        return Pool(
            self.rows[is_in], scores, self.by_word[is_in], self.by_meaning[is_in], keyword, dense, self.pieces, most
        )

    def contributions(self, place: int) -> tuple[Contribution, ...]:
        """Return what the score at this place consists of, as it is shown."""
        if self.dense is None:
            return (Contribution(KEYWORDS, float(self.keyword[place]), self.most * float(self.scores[place])),)
        by_word, by_meaning = self._shares
        return (
            Contribution(KEYWORDS, float(self.keyword[place]), self.most * float(by_word[place])),
            Contribution(MEANING, float(self.dense[place]), self.most * float(by_meaning[place])),
        )

    @cached_property
    def _shares(self) -> tuple[Scores, Scores]:
        assert self.dense is not None
        return shares(self.keyword, self.dense, dense_weight=DENSE_WEIGHT)


def _until(places: Rows, depth: int) -> Rows:
    return np.where(places < depth, places, NOWHERE)
