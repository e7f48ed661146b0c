"""Two rankings into one: the min-max normalised sum, and which part gave what. Pure arithmetic."""

from __future__ import annotations

import numpy as np

from indexes.arrays import Scores

KEYWORDS, MEANING = "keywords", "meaning"


def normalised(scores: Scores) -> Scores:
    """Return scores stretched to 0..1; 0 for all where they are equal, for they then say nothing."""
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def shares(keyword: Scores, dense: Scores, *, dense_weight: float) -> tuple[Scores, Scores]:
    """Return what each gives to the sum, each normalised: `1 - dense_weight` keywords, `dense_weight` meaning."""
    return (1 - dense_weight) * normalised(keyword), dense_weight * normalised(dense)


def fused(keyword: Scores, dense: Scores, *, dense_weight: float) -> Scores:
    """Return the weighted sum of both (see `shares`)."""
    by_word, by_meaning = shares(keyword, dense, dense_weight=dense_weight)
    return np.asarray(by_word + by_meaning, dtype=np.float32)
