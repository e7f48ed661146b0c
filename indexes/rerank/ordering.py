"""The best candidates of a search in their final order, with what each part of the search gave to each score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexes.arrays import Scores
from indexes.late_interaction import QueryTokens, is_comparable, maxsim
from indexes.records import Contribution, Passage
from indexes.rerank.cross_encoder import CrossEncoder
from indexes.rerank.features import features
from indexes.rerank.lexicon import shared_lexicon
from indexes.rerank.model import LearnedReranker
from indexes.rerank.signals import Candidates

DEPTH = 50
"""Candidates ordered anew. On COVID-QA and QASPER dev the right passage is among so many for .994 and 1.0 of the
questions (docs/adr/0017-learned-reranker.md)."""

CANDIDATE = "being a candidate"
CROSS_ENCODER = "cross-encoder"
NOT_LEARNED = "no learned re-ranking for this encoder"
NOT_LEARNED_JAPANESE = "no learned re-ranking of Japanese passages"


@dataclass(frozen=True, slots=True)
class Ordered:
    """Scores of the chosen candidates, in the order given, and what each consists of."""

    scores: Scores
    contributions: list[tuple[Contribution, ...]]


def learned_order(
    query: str, passages: Sequence[Passage], candidates: Candidates, *, reranker: LearnedReranker
) -> Ordered:
    """Return new scores of the chosen candidates, whose passages these are, at least one.

    The scores lie between the lowest and the highest fused score of the chosen, so that candidates beyond them follow.
    """
    columns = features(query, passages, candidates, lexicon=shared_lexicon())
    shares = reranker.shares(columns, is_library_wide=candidates.is_library_wide)
    parts = reranker.contributions(shares, columns)
    return _placed(shares.sum(axis=1), parts, candidates)


def cross_encoded(
    query: str, passages: Sequence[Passage], candidates: Candidates, *, cross_encoder: CrossEncoder
) -> Ordered:
    """Return new scores of the chosen candidates from a model that reads query and passage together.

    Raises:
        ModelMissing, ModelFailed: as `CrossEncoder.scores`.
    """
    scores = cross_encoder.scores(query, [passage.text for passage in passages])
    parts = [(Contribution(CROSS_ENCODER, float(score), float(score)),) for score in scores]
    return _placed(scores, parts, candidates)


def pieces_of(query: QueryTokens | None, rows: Sequence[int], blobs: Mapping[int, bytes]) -> Scores | None:
    """Return (n, q) nearness of each row to the query's word pieces; None where nothing can be compared.

    A row without word pieces of its own gets the mean of the others, which says nothing for it and nothing against it.
    """
    if query is None or not len(query.vectors):
        return None
    held = [place for place, row in enumerate(rows) if row in blobs and is_comparable(query, blobs[row])]
    if not held:
        return None
    near = maxsim(query, [blobs[rows[place]] for place in held])
    pieces = np.tile(near.mean(axis=0), (len(rows), 1))
    pieces[held] = near
    return np.asarray(pieces, dtype=np.float32)


def _placed(raw: Scores, parts: Sequence[tuple[Contribution, ...]], candidates: Candidates) -> Ordered:
    """Return raw scores and their parts, moved and stretched to the range of the chosen candidates' fused scores."""
    fused = candidates.fused[candidates.chosen]
    low, high = float(fused.min()), float(fused.max())
    least, spread = int(np.argmin(raw)), float(raw.max() - raw.min())
    stretch = (high - low) / spread if spread > 0 else 0.0
    scores = np.clip(low + (raw - raw[least]) * stretch, low, high)
    base = Contribution(CANDIDATE, low, low)
    placed = [
        (base, *(replace(one, amount=(one.amount - other.amount) * stretch) for one, other in pairs))
        for pairs in (zip(mine, parts[least], strict=True) for mine in parts)
    ]
    return Ordered(np.asarray(scores, dtype=np.float32), [_sorted(held) for held in placed])


def _sorted(parts: Sequence[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(parts, key=lambda part: (-abs(part.amount), part.name)))
