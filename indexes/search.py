"""A query to passages: keywords and meaning, fused. What is done with the passages is not known here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexes.analysis import is_mostly_cjk, terms_of
from indexes.arrays import Rows, Scores
from indexes.encoder import Encoder
from indexes.errors import BadInput, TooLarge
from indexes.found import Found, Understood
from indexes.fusion import fused
from indexes.library import Library
from indexes.paper_first import COMPARED_PASSAGES, paper_first
from indexes.records import Hit, HitSource, Language

CANDIDATES = 200
"""Passages taken from each half before fusion; a paper rarely has more, so within papers nearly all are compared."""

DENSE_WEIGHT = 0.35
"""Share of meaning in the sum. On COVID-QA and QASPER dev (trial on the passages of bench/retrieval.py, 2026-11) .30 /
.35 / .40 / .45 give an MRR of .795 / .795 / .792 / .786 and .438 / .443 / .434 / .429: flat around the choice."""

MAX_QUERY_CHARACTERS = 10_000


def search(library: Library, query: str, *, k: int, paper_ids: Sequence[str] | None = None) -> Found:
    """Return the k best passages for `query`, best first.

    Args:
        library: where to search.
        query: a question or words, in any language. An English-only encoder is not asked about Chinese or Japanese.
        k: passages wanted, 1 <= k.
        paper_ids: only within these papers; None means the whole library.

    Returns:
        up to k hits with scores in 0..1, a paper's own before a note's that says the same; fewer where fewer passages
        have anything in common with the query.

    Raises:
        BadInput: the query is empty, k is below 1.
        TooLarge: the query is over `MAX_QUERY_CHARACTERS`.
        NotFound: a paper is not in the library.
    """
    query = _checked(query, k)
    for paper_id in paper_ids or ():
        library.store.paper(paper_id)
    if paper_ids is not None and not paper_ids:
        return Found((), Understood(query))
    terms = terms_of(query)
    if may_encode(library.encoder, query):
        rows, scores, sources = _hybrid(library, query, terms, paper_ids, max(CANDIDATES, k))
    else:
        keywords = library.keywords.current()
        rows, scores = keywords.search(keywords.weighed(terms, paper_ids=paper_ids), k=max(CANDIDATES, k))
        sources = [HitSource.KEYWORD] * len(rows)
    return Found(_hits(library, rows, scores, sources, k), Understood(query))


def _checked(query: str, k: int) -> str:
    if k < 1:
        raise BadInput(f"k is {k}; at least 1 passage must be wanted", hint="Give -k 1 or more.")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise TooLarge(
            f"the query has {len(query):,} characters, the limit is {MAX_QUERY_CHARACTERS:,}",
            hint="Ask in a few sentences; put longer text into a note and ingest it.",
        )
    query = query.encode("utf-8", "replace").decode().strip()
    if not query:
        raise BadInput("the query is empty", hint="Give a question or words to look for.")
    return query


def may_encode(encoder: Encoder, query: str) -> bool:
    """Return whether the encoder can be trusted with the query: an English-only one maps Japanese to noise.

    On MIRACL-ja the bundled encoder scores .003 nDCG where keywords score .369.
    """
    is_english_only = encoder.languages == frozenset({Language.ENGLISH.value})
    return not (is_english_only and is_mostly_cjk(query))


def _hybrid(
    library: Library, query: str, terms: list[str], paper_ids: Sequence[str] | None, depth: int
) -> tuple[Rows, Scores, list[HitSource]]:
    """Return every candidate of either half with its fused score; both halves score all of them exactly."""
    vector = library.encoder.encode_queries([query])
    allowed = None if paper_ids is None else library.log.rows_of_papers(paper_ids)
    keywords = library.keywords.current()
    weighed = keywords.weighed(terms, paper_ids=paper_ids)
    by_keyword, _ = keywords.search(weighed, k=depth)
    with library.vectors.current() as index:
        by_meaning, _ = index.search(vector, k=depth, allowed=allowed)
        rows = np.intersect1d(np.union1d(by_keyword, by_meaning), index.rows())
        dense = index.scores(vector, rows)
    keyword = keywords.scores(weighed, rows)
    found = (set(by_keyword.tolist()), set(by_meaning.tolist()))
    sources = [_source(row in found[0], row in found[1]) for row in rows.tolist()]
    return rows, fused(keyword, dense, dense_weight=DENSE_WEIGHT), sources


def _source(is_by_keyword: bool, is_by_meaning: bool) -> HitSource:
    if is_by_keyword and is_by_meaning:
        return HitSource.FUSED
    return HitSource.KEYWORD if is_by_keyword else HitSource.DENSE


def _hits(library: Library, rows: Rows, scores: Scores, sources: list[HitSource], k: int) -> tuple[Hit, ...]:
    """Return the k best rows as hits; a row that was removed meanwhile is left out."""
    names = library.log.passage_ids(rows.tolist())
    ranked = sorted(
        (-score, names[row], row, source)
        for row, score, source in zip(rows.tolist(), scores.tolist(), sources, strict=True)
        if row in names
    )[: max(k, COMPARED_PASSAGES)]
    passages = library.log.passages([row for _, _, row, _ in ranked])
    kept = [(passages[row], -score, source) for score, _, row, source in ranked if row in passages]
    hits = [Hit(passage, score, rank, source) for rank, (passage, score, source) in enumerate(kept, start=1)]
    return tuple(paper_first(hits)[:k])
