"""Our search and its parts, each as a ranking of passages for a question. The one place that looks into the search.

ronbun    `indexes.search.search`, as `ronbun search` calls it
keywords  the library's keyword index alone (BM25 over its fields)
encoder   the nearest passages to the question's vector alone, whatever its language
rrf       reciprocal rank fusion of the two (k = 60; Cormack, Clarke and Büttcher, SIGIR 2009)
sum       the plain sum of the two, each stretched to 0..1 over the candidates of both
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.retrieval.sets import Question
from indexes.arrays import Rows, Scores
from indexes.fusion import fused
from indexes.library import Library
from indexes.query.wording import wording_of
from indexes.search import search

RRF_K = 60
RANKED_UNITS = 100
PASSAGES_WITHIN = 100
PASSAGES_ACROSS = 200
"""Passages asked for: across papers more, because several passages of one paper count once. R@100 over papers is
therefore over the papers of the first 200 passages, for every system alike."""

Ranking = list[tuple[str, str]]
"""(passage id, paper id), best first."""


def passages_wanted(question: Question) -> int:
    """Return how many passages every system is asked for."""
    return PASSAGES_ACROSS if question.paper_id is None else PASSAGES_WITHIN


@dataclass(frozen=True, slots=True)
class Parts:
    """What either half of the search found for one question; both score every candidate of either."""

    keyword_rows: Rows
    encoder_rows: Rows
    candidates: Rows
    keyword_scores: Scores
    encoder_scores: Scores


class OurSystems:
    """Our search over one library, and its parts by name."""

    def __init__(self, library: Library) -> None:
        self._library = library
        rows = library.log.all_rows().tolist()
        self._names = {
            row: (passage.passage_id, passage.paper_id) for row, passage in library.log.passages(rows).items()
        }

    def search(self, question: Question, *, k: int) -> Ranking:
        """Return what the product returns."""
        scope = None if question.paper_id is None else [question.paper_id]
        hits = search(self._library, question.text, k=k, paper_ids=scope).hits
        return [(hit.passage.passage_id, hit.passage.paper_id) for hit in hits]

    def parts(self, question: Question, *, k: int) -> Parts:
        """Return both halves' candidates; the encoder is asked even about text that search keeps from it."""
        scope = None if question.paper_id is None else [question.paper_id]
        vector = self._library.encoder.encode_queries([question.text])
        keywords = self._library.keywords.current()
        wording = wording_of(question.text)
        weighed = keywords.weighed(wording.terms, paper_ids=scope, translations=wording.translations)
        keyword_rows, _ = keywords.search(weighed, k=k)
        allowed = None if scope is None else self._library.log.rows_of_papers(scope)
        with self._library.vectors.current() as index:
            encoder_rows, _ = index.search(vector, k=k, allowed=allowed)
            candidates = np.union1d(keyword_rows, encoder_rows)
            encoder_scores = index.scores(vector, candidates)
        return Parts(keyword_rows, encoder_rows, candidates, keywords.scores(weighed, candidates), encoder_scores)

    def named(self, rows: Rows) -> Ranking:
        """Return rows as passage and paper ids."""
        return [self._names[row] for row in rows.tolist()]


def rrf(parts: Parts) -> Rows:
    """Return the candidates by the sum of 1 / (60 + rank) over both halves."""
    scores = np.zeros(len(parts.candidates), dtype=np.float32)
    for rows in (parts.keyword_rows, parts.encoder_rows):
        scores[np.searchsorted(parts.candidates, rows)] += 1 / (RRF_K + np.arange(1, len(rows) + 1))
    return _ordered(parts.candidates, scores)


def normalised_sum(parts: Parts) -> Rows:
    """Return the candidates by the sum of both scores, each stretched to 0..1, with equal weights."""
    return _ordered(parts.candidates, fused(parts.keyword_scores, parts.encoder_scores, dense_weight=0.5))


def _ordered(rows: Rows, scores: Scores) -> Rows:
    return np.asarray(rows[np.lexsort((rows, -scores))], dtype=np.int64)


PARTS: Mapping[str, Callable[[Parts], Rows]] = {
    "keywords": lambda parts: parts.keyword_rows,
    "encoder": lambda parts: parts.encoder_rows,
    "rrf": rrf,
    "sum": normalised_sum,
}

OURS = "ronbun"
OUR_SYSTEMS = (OURS, *PARTS)
