"""Two rankings into one: the min-max normalised sum, and which part gave what. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexes.arrays import Scores
from indexes.records import Contribution

KEYWORDS, MEANING = "keywords", "meaning"


def normalised(scores: Scores) -> Scores:
    """Return scores stretched to 0..1; 0 for all where they are equal, for they then say nothing."""
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def fused(keyword: Scores, dense: Scores, *, dense_weight: float) -> Scores:
    """Return the weighted sum of both, each normalised: `1 - dense_weight` for keywords, `dense_weight` for meaning."""
    return np.asarray((1 - dense_weight) * normalised(keyword) + dense_weight * normalised(dense), dtype=np.float32)


def contributions(
    keyword: Scores, dense: Scores, *, dense_weight: float, places: Sequence[int]
) -> dict[int, tuple[Contribution, ...]]:
    """Return what keywords and meaning gave to the fused score at each of the places."""
    by_word, by_meaning = (1 - dense_weight) * normalised(keyword), dense_weight * normalised(dense)
    return {
        place: (
            Contribution(KEYWORDS, float(keyword[place]), float(by_word[place])),
            Contribution(MEANING, float(dense[place]), float(by_meaning[place])),
        )
        for place in places
    }
