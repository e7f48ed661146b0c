"""A query to its hits: candidates by words and by meaning, fused, the best ordered anew. Knows no instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexes.analysis import is_mostly_cjk
from indexes.candidates import Read, Scope, by_both, by_keyword, may_encode, read_best, scope_of, to_rerank
from indexes.library import Library
from indexes.pool import Pool
from indexes.query.wording import Wording
from indexes.records import Contribution, Hit
from indexes.rerank.model import reranker_for
from indexes.rerank.ordering import (
    DEPTH,
    NOT_LEARNED,
    NOT_LEARNED_JAPANESE,
    Ordered,
    cross_encoded,
    held_pieces_of,
    learned_order,
    pieces_of,
)

MOST_TRIES = 3
"""How often papers are searched that others replace meanwhile: none of what was replaced is there any more."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits, best first, without their contributions, which `told` puts to those that are shown."""

    hits: list[Hit]
    contributions: Callable[[str], tuple[Contribution, ...]]

    def followed_by(self, other: Ranking) -> Ranking:
        """Return these hits and behind them the other's, none of which is among these."""
        first = {hit.passage.passage_id for hit in self.hits}
        hits = [*self.hits, *(replace(hit, rank=rank) for rank, hit in enumerate(other.hits, start=len(self.hits) + 1))]

        def contributions(name: str) -> tuple[Contribution, ...]:
            return self.contributions(name) if name in first else other.contributions(name)

        return Ranking(hits, contributions)

    def told(self, hits: Iterable[Hit]) -> list[Hit]:
        """Return hits of this ranking with what their scores consist of; those that have it stay as they are."""
        return [
            hit if hit.contributions else replace(hit, contributions=self.contributions(hit.passage.passage_id))
            for hit in hits
        ]


def ranked(
    library: Library,
    wording: Wording,
    *,
    k: int,
    paper_ids: Sequence[str] | None,
) -> Ranking:
    """Return at least the k best passages, best first, fewer where fewer have anything in common with the query.

    The first are the same whatever k is: what a larger k finds besides stands behind them. Nearly so where the index
    leaps over words or goes by lists, which look further for a larger k.

    Args:
        library: where to search.
        wording: the query. An English-only encoder is not asked about Chinese or Japanese.
        k: passages wanted, 1 <= k; some more are given, so that others can take the place of those dropped.
        paper_ids: only within these papers, all of them there; None means the whole library.
    """
    find = by_both if may_encode(library.encoder, wording.text) else by_keyword
    for _ in range(MOST_TRIES):
        state, scope = library.log.state(), scope_of(library, paper_ids)
        pool = find(library, wording, scope, depth=max(scope.depth, k))
        first = pool.until(scope.depth)
        read = read_best(library, first, scope, depth=k + DEPTH)
        if library.log.state() == state or _is_there(library, scope):
            break
    ranking = _ranking(first, read, _reranked(library, wording, scope, (first, read)))
    if len(pool) == len(first):
        return ranking
    rest = pool.beyond(scope.depth, most=min(hit.score for hit in ranking.hits) if ranking.hits else 1.0)
    behind = read_best(library, rest, scope, depth=k)
    return ranking.followed_by(_ranking(rest, behind, Ordered(rest.scores[:0], rest.contributions)))


def _is_there(library: Library, scope: Scope) -> bool:
    """Return whether the papers searched within have the passages that they had; all of a library is never asked."""
    if scope.paper_ids is None or scope.rows is None:
        return True
    return np.array_equal(library.scopes.of(scope.paper_ids).rows, scope.rows)


def _reranked(
    library: Library,
    wording: Wording,
    scope: Scope,
    found: tuple[Pool, Read],
) -> Ordered:
    """Return the scores of the best candidates: by a cross-encoder, by the learned model, or as they are fused.

    The learned model knows English passages only. With Japanese ones among them R-precision over our Japanese
    instruction pairs falls from .631 to .355 (python -m bench.instructions).
    """
    pool, read = found
    best, passages = list(read.places[:DEPTH]), read.passages[:DEPTH]
    is_library_wide = scope.paper_ids is None or len(scope.paper_ids) > 1
    candidates = to_rerank(pool, read, depth=DEPTH, is_library_wide=is_library_wide)
    if best and library.cross_encoder is not None:
        return cross_encoded(wording.text, passages, candidates, cross_encoder=library.cross_encoder)
    reranker = reranker_for(library.encoder)
    is_readable = not any(is_mostly_cjk(passage.text) for passage in passages)
    if best and reranker is not None and is_readable and pool.dense is not None:
        rows = [int(pool.rows[place]) for place in best]
        if scope.held is None:
            pieces = pieces_of(pool.pieces, rows, library.log.token_blobs(rows))
        else:
            pieces = held_pieces_of(pool.pieces, rows, scope.held)
        return learned_order(wording.english, passages, replace(candidates, pieces=pieces), reranker=reranker)
    note = Contribution(NOT_LEARNED if reranker is None else NOT_LEARNED_JAPANESE, 0.0, 0.0)
    return Ordered(pool.scores[best], lambda number: (*pool.contributions(best[number]), note))


def _ranking(pool: Pool, read: Read, again: Ordered) -> Ranking:
    """Return every candidate that was read as a hit, best first; the first of them with their new scores."""
    count = len(again.scores)
    scores = [*again.scores.tolist(), *pool.scores[list(read.places[count:])].tolist()]
    numbers = {passage.passage_id: number for number, passage in enumerate(read.passages)}
    order = sorted(numbers, key=lambda name: (-scores[numbers[name]], name))
    hits = [
        Hit(
            read.passages[numbers[name]],
            pool.most * scores[numbers[name]],
            rank,
            pool.source(read.places[numbers[name]]),
        )
        for rank, name in enumerate(order, start=1)
    ]

    def contributions(name: str) -> tuple[Contribution, ...]:
        number = numbers[name]
        return again.told(number) if number < count else pool.contributions(read.places[number])

    return Ranking(hits, contributions)
