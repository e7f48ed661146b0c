"""The best candidates of a search in their final order, with what each part of the search gave to each score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import starmap

import numpy as np

from indexes.arrays import Scores
from indexes.held_scopes import HeldScope
from indexes.late_interaction.maxsim import QueryTokens, is_comparable, nearness
from indexes.late_interaction.windows import Nearness
from indexes.records import Contribution, Passage
from indexes.rerank.cross_encoder import CrossEncoder
from indexes.rerank.features import features
from indexes.rerank.lexicon import shared_lexicon
from indexes.rerank.model import LearnedReranker, Parts
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
    """Scores of the chosen candidates, in the order given; `told` says what the score of the one at a place consists
    of. Few of them are shown, so that it is put together for those alone."""

    scores: Scores
    told: Callable[[int], tuple[Contribution, ...]]


def learned_order(
    query: str, passages: Sequence[Passage], candidates: Candidates, *, reranker: LearnedReranker
) -> Ordered:
    """Return new scores of the chosen candidates, whose passages these are, at least one.

    The scores lie between the lowest and the highest fused score of the chosen, so that candidates beyond them follow.
    """
    columns = features(query, passages, candidates, lexicon=shared_lexicon())
    shares = reranker.shares(columns, is_library_wide=candidates.is_library_wide)
    return _placed(shares.sum(axis=1), reranker.parts(shares, columns), candidates)


def cross_encoded(
    query: str, passages: Sequence[Passage], candidates: Candidates, *, cross_encoder: CrossEncoder
) -> Ordered:
    """Return new scores of the chosen candidates from a model that reads query and passage together.

    Raises:
        ModelMissing, ModelFailed: as `CrossEncoder.scores`.
    """
    scores = cross_encoder.scores(query, [passage.text for passage in passages])
    return _placed(scores, Parts((CROSS_ENCODER,), scores[:, None], scores[:, None]), candidates)


def pieces_of(query: QueryTokens | None, rows: Sequence[int], blobs: Mapping[int, bytes]) -> Nearness | None:
    """Return the nearness of each row to the query's word pieces; None where nothing can be compared.

    A row without word pieces of its own gets the mean of the others, which says nothing for it and nothing against it.
    """
    if query is None or not len(query.vectors):
        return None
    held = [place for place, row in enumerate(rows) if row in blobs and is_comparable(query, blobs[row])]
    return _of_all(held, len(rows), lambda: nearness(query, [blobs[rows[place]] for place in held]))


def held_pieces_of(query: QueryTokens | None, rows: Sequence[int], scope: HeldScope) -> Nearness | None:
    """Return what `pieces_of` does, from what is kept of a scope that is searched again and again."""
    if query is None or not len(query.vectors):
        return None
    pieces = scope.pieces(query)
    held = [place for place, row in enumerate(rows) if row in pieces.places]
    return _of_all(held, len(rows), lambda: pieces.nearness(query, [rows[place] for place in held]))


def _of_all(held: Sequence[int], count: int, compared: Callable[[], Nearness]) -> Nearness | None:
    if not held:
        return None
    near = compared()
    return Nearness(_filled(near.pieces, held, count), _filled(near.windows, held, count))


def _filled(near: Scores, held: Sequence[int], count: int) -> Scores:
    """Return `count` rows, those at the places `held` as they are, all others their mean."""
    filled = np.tile(near.mean(axis=0), (count, 1))
    filled[held] = near
    return np.asarray(filled, dtype=np.float32)


def _placed(raw: Scores, parts: Parts, candidates: Candidates) -> Ordered:
    """Return raw scores and their parts, moved and stretched to the range of the chosen candidates' fused scores."""
    fused = candidates.fused[candidates.chosen]
    low, high = float(fused.min()), float(fused.max())
    least, spread = int(np.argmin(raw)), float(raw.max() - raw.min())
    stretch = (high - low) / spread if spread > 0 else 0.0
    scores = np.clip(low + (raw - raw[least]) * stretch, low, high)
    amounts = parts.amounts.astype(np.float64)
    base = np.full((len(raw), 1), low)
    placed = Parts(
        (CANDIDATE, *parts.names),
        np.hstack((base, parts.values)),
        np.hstack((base, (amounts - amounts[least]) * stretch)),
    )
    return Ordered(np.asarray(scores, dtype=np.float32), partial(_told, placed))


def _told(parts: Parts, place: int) -> tuple[Contribution, ...]:
    """Return the contributions of the candidate at a place, the largest first, equal ones by name."""
    given = zip(parts.names, parts.values[place].tolist(), parts.amounts[place].tolist(), strict=True)
    return tuple(sorted(starmap(Contribution, given), key=lambda part: (-abs(part.amount), part.name)))
