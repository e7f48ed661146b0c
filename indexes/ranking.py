"""A query to its hits: candidates by words and by meaning, fused, the best ordered anew. Knows no instructions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexes.analysis import is_mostly_cjk
from indexes.candidates import (
    CANDIDATES,
    CANDIDATES_OF_ALL,
    Pool,
    Read,
    by_both,
    by_keyword,
    may_encode,
    read_best,
    to_rerank,
)
from indexes.library import Library
from indexes.query.wording import Wording
from indexes.records import Contribution, Hit
from indexes.rerank.model import reranker_for
from indexes.rerank.ordering import (
    DEPTH,
    NOT_LEARNED,
    NOT_LEARNED_JAPANESE,
    Ordered,
    cross_encoded,
    learned_order,
    pieces_of,
)


def ranked(
    library: Library,
    wording: Wording,
    *,
    k: int,
    paper_ids: Sequence[str] | None,
) -> list[Hit]:
    """Return at least the k best passages, best first, fewer where fewer have anything in common with the query.

    Args:
        library: where to search.
        wording: the query. An English-only encoder is not asked about Chinese or Japanese.
        k: passages wanted, 1 <= k; some more are given, so that others can take the place of those dropped.
        paper_ids: only within these papers, all of them there; None means the whole library.
    """
    find = by_both if may_encode(library.encoder, wording.text) else by_keyword
    pool = find(library, wording, paper_ids, depth=max(CANDIDATES_OF_ALL if paper_ids is None else CANDIDATES, k))
    read = read_best(library, pool, depth=k + DEPTH)
    is_library_wide = paper_ids is None or len(paper_ids) > 1
    again = _reranked(library, wording, (pool, read), is_library_wide=is_library_wide)
    return _hits(pool, read, again)


def _reranked(
    library: Library,
    wording: Wording,
    found: tuple[Pool, Read],
    *,
    is_library_wide: bool,
) -> Ordered:
    """Return the scores of the best candidates: by a cross-encoder, by the learned model, or as they are fused.

    The learned model knows English passages only. With Japanese ones among them R-precision over our Japanese
    instruction pairs falls from .631 to .355 (python -m bench.instructions).
    """
    pool, read = found
    best, passages = list(read.places[:DEPTH]), read.passages[:DEPTH]
    candidates = to_rerank(pool, read, depth=DEPTH, is_library_wide=is_library_wide)
    if best and library.cross_encoder is not None:
        return cross_encoded(wording.text, passages, candidates, cross_encoder=library.cross_encoder)
    reranker = reranker_for(library.encoder)
    is_readable = not any(is_mostly_cjk(passage.text) for passage in passages)
    if best and reranker is not None and is_readable and pool.dense is not None:
        rows = [int(pool.rows[place]) for place in best]
        pieces = pieces_of(pool.pieces, rows, library.log.token_blobs(rows))
        return learned_order(wording.english, passages, replace(candidates, pieces=pieces), reranker=reranker)
    note = Contribution(NOT_LEARNED if reranker is None else NOT_LEARNED_JAPANESE, 0.0, 0.0)
    told = pool.contributions(best)
    return Ordered(pool.scores[best], [(*told[place], note) for place in best])


def _hits(pool: Pool, read: Read, again: Ordered) -> list[Hit]:
    """Return every candidate that was read as a hit, best first; the first of them with their new scores."""
    told = pool.contributions(read.places)
    hits = [
        Hit(passage, float(pool.scores[place]), 1, pool.sources[place], told[place])
        for place, passage in zip(read.places, read.passages, strict=True)
    ]
    for number, (score, parts) in enumerate(zip(again.scores.tolist(), again.contributions, strict=True)):
        hits[number] = replace(hits[number], score=score, contributions=parts)
    hits.sort(key=lambda hit: (-hit.score, hit.passage.passage_id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)]
