"""A query to its candidates: the best passages by words and by meaning, every one scored by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from indexes.analysis import is_mostly_cjk
from indexes.arrays import Rows, Scores, Vectors
from indexes.encoding.encoder import Encoder
from indexes.fusion import fused
from indexes.held_scopes import HeldScope
from indexes.keywords.index import KeywordIndex
from indexes.keywords.searching import WeighedQuery
from indexes.late_interaction.maxsim import QueryTokens, query_tokens
from indexes.late_interaction.projection import projection_for
from indexes.library import Library
from indexes.pool import DENSE_WEIGHT, NOWHERE, Pool
from indexes.query.wording import Wording
from indexes.records import Language, Passage
from indexes.rerank.signals import Candidates
from indexes.vectors.flat import best
from indexes.vectors.index import VectorIndex
from indexes.vectors.lists import inner_products

CANDIDATES = 200
"""Passages taken from each half before fusion within papers; a paper rarely has more, so nearly all are compared."""

CANDIDATES_OF_ALL = 100
"""Passages taken from each half in the whole library; the best 50 of both are ordered anew."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query is searched: the papers and the rows of their passages, None for the whole library.

    `held` is what is kept of the passages, None where they are too many for that.
    """

    paper_ids: tuple[str, ...] | None = None
    rows: Rows | None = None
    held: HeldScope | None = None

    @property
    def depth(self) -> int:
        """Candidates taken from each half."""
        return CANDIDATES_OF_ALL if self.paper_ids is None else CANDIDATES


def scope_of(library: Library, paper_ids: Sequence[str] | None) -> Scope:
    """Return the scope of these papers, all of which are there; None means the whole library."""
    if paper_ids is None:
        return Scope()
    scope = library.scopes.of(paper_ids)
    return Scope(tuple(paper_ids), scope.rows, scope if scope.is_small else None)


def may_encode(encoder: Encoder, query: str) -> bool:
    """Return whether the encoder can be trusted with the query: an English-only one maps Japanese to noise.

    On MIRACL-ja the bundled encoder's English half scores .003 nDCG where keywords score .369.
    """
    is_english_only = encoder.languages == frozenset({Language.ENGLISH.value})
    return not (is_english_only and is_mostly_cjk(query))


def by_keyword(library: Library, wording: Wording, scope: Scope, *, depth: int) -> Pool:
    """Return the candidates by words alone; their scores are shares of the best."""
    keywords = library.keywords.current()
    rows, bm25 = keywords.search(_weighed(keywords, wording, scope), k=depth)
    order = np.argsort(rows)
    rows, bm25 = rows[order], bm25[order]
    scores = np.asarray(bm25 / bm25.max() if len(bm25) else bm25, dtype=np.float32)
    return Pool(rows, scores, order, np.full_like(order, NOWHERE), bm25, None, None)


def by_both(library: Library, wording: Wording, scope: Scope, *, depth: int) -> Pool:
    """Return every candidate of either half with its fused score; both halves score all of them exactly.

    The halves work beside each other: words are looked up while the query is encoded and compared.
    """
    keywords = library.keywords.current()
    by_words = library.helpers.begin(partial(_best_by_words, keywords, wording, scope, k=depth))
    vector, pieces = _encoded(library.encoder, wording.text)
    with library.vectors.current() as index:
        by_meaning, nearest = _nearest(index, vector, scope, k=depth)
        weighed, by_keyword = by_words.result()
        rows = np.union1d(by_keyword, by_meaning)
        rows = rows[index.holds(rows)]
        keyword_scores = library.helpers.begin(partial(keywords.scores, weighed, rows))
        dense = _all_scores(index, vector, rows, known=(by_meaning, nearest))
    keyword = keyword_scores.result()
    by_word, nearest_places = _places(rows, by_keyword), _places(rows, by_meaning)
    scores = fused(keyword, dense, dense_weight=DENSE_WEIGHT)
    return Pool(rows, scores, by_word, nearest_places, keyword, dense, pieces)


def _places(rows: Rows, found: Rows) -> Rows:
    """Return (m,) the place of each row among those found, best first, or `NOWHERE`; `rows` ascend."""
    places = np.full(len(rows), NOWHERE, dtype=np.int64)
    held = np.isin(found, rows)
    places[np.searchsorted(rows, found[held])] = np.flatnonzero(held)
    return places


def _best_by_words(keywords: KeywordIndex, wording: Wording, scope: Scope, *, k: int) -> tuple[WeighedQuery, Rows]:
    weighed = _weighed(keywords, wording, scope)
    return weighed, keywords.search(weighed, k=k)[0]


def _weighed(keywords: KeywordIndex, wording: Wording, scope: Scope) -> WeighedQuery:
    return keywords.weighed(wording.terms, paper_ids=scope.paper_ids, translations=wording.translations)


def _nearest(index: VectorIndex, vector: Vectors, scope: Scope, *, k: int) -> tuple[Rows, Scores]:
    """Return the k nearest rows in scope and their cosines, best first."""
    if scope.held is None:
        return index.search(vector, k=k, allowed=scope.rows)
    rows, vectors = scope.held.vectors
    is_held = index.holds(rows)
    return best(rows[is_held], inner_products(vector, vectors[is_held]), k=k)


def _all_scores(index: VectorIndex, vector: Vectors, rows: Rows, *, known: tuple[Rows, Scores]) -> Scores:
    """Return the cosine of each row, those that are known already as they are; all rows are in the index."""
    order = np.argsort(known[0])
    held, scores = known[0][order], known[1][order]
    places = np.minimum(np.searchsorted(held, rows), max(0, len(held) - 1))
    is_known = held[places] == rows if len(held) else np.zeros(len(rows), dtype=np.bool_)
    cosines = np.empty(len(rows), dtype=np.float32)
    cosines[is_known] = scores[places[is_known]]
    if not is_known.all():
        cosines[~is_known] = index.scores(vector, rows[~is_known])
    return cosines


def _encoded(encoder: Encoder, query: str) -> tuple[Vectors, QueryTokens | None]:
    """Return the query's vector, and its word pieces where a projection was trained for the encoder."""
    projection = projection_for(encoder)
    if projection is None:
        return encoder.encode_queries([query]), None
    vector, tokens = encoder.encode_query_with_tokens(query, layer=projection.layer)
    return vector, query_tokens(tokens, projection)


@dataclass(frozen=True, slots=True)
class Read:
    """The best candidates: `places` in the pool, best first, and the passage of each, without spans."""

    places: tuple[int, ...]
    passages: tuple[Passage, ...]
    papers: Rows


def read_best(library: Library, pool: Pool, scope: Scope, *, depth: int) -> Read:
    """Return up to `depth` candidates by fused score, ties by passage id; those removed meanwhile are left out.

    `papers` (m,) numbers the paper of every candidate of the pool, read or not.
    """
    rows = pool.rows.tolist()
    names = library.log.passage_ids(rows) if scope.held is None else scope.held.names
    scores = pool.scores.tolist()
    places = [place for place, row in enumerate(rows) if row in names]
    places = sorted(places, key=lambda place: (-scores[place], names[rows[place]]))[:depth]
    wanted = [rows[place] for place in places]
    passages = library.log.passages(wanted, is_placed=False) if scope.held is None else scope.held.passages
    kept = tuple(place for place in places if rows[place] in passages)
    papers = _paper_numbers([names.get(row, "") for row in rows])
    return Read(kept, tuple(passages[rows[place]] for place in kept), papers)


def to_rerank(pool: Pool, read: Read, *, depth: int, is_library_wide: bool) -> Candidates:
    """Return the pool as the re-ranker reads it, the first `depth` chosen, without word pieces."""
    return Candidates(
        rows=pool.rows,
        papers=read.papers,
        keyword=pool.keyword,
        dense=pool.dense if pool.dense is not None else np.zeros_like(pool.keyword),
        fused=pool.scores,
        chosen=np.array(read.places[:depth], dtype=np.int64),
        pieces=None,
        is_library_wide=is_library_wide,
    )


def _paper_numbers(names: list[str]) -> Rows:
    """Return a number for each passage's paper; a passage's id is its paper's with an ordinal after the last hyphen."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name.rpartition("-")[0], len(numbers)) for name in names], dtype=np.int64)
