"""The passages that a model reads once for all questions of a paper's sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from indexes.records import Hit, Passage

CONTEXT_PASSAGES = 16
"""About 3,000 tokens of English; ten questions find some forty passages, these most often and nearest the top."""

_DAMPING = 10
"""Ranks count as 1 / (this + rank): to be found by two questions beats to be first for one."""


def shared_context(found: Sequence[Sequence[Hit]]) -> tuple[Passage, ...]:
    """Return the passages that several questions found, in the paper's order, at most `CONTEXT_PASSAGES`.

    Args:
        found: each question's hits, best first.
    """
    weights: defaultdict[str, float] = defaultdict(float)
    passages: dict[str, Passage] = {}
    for hits in found:
        for hit in hits:
            passages[hit.passage.passage_id] = hit.passage
            weights[hit.passage.passage_id] += 1 / (_DAMPING + hit.rank)
    best = sorted(weights, key=lambda name: (-weights[name], passages[name].ordinal, name))[:CONTEXT_PASSAGES]
    return tuple(sorted((passages[name] for name in best), key=lambda passage: (passage.ordinal, passage.passage_id)))
