"""Queries of weighed terms over one state of a keyword index: the best rows by BM25, and the score of any row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexes.arrays import Rows, Scores
from indexes.japanese.glossary import Translation
from indexes.keywords.schema import own_errors
from indexes.keywords.weights import FIELD_BOOSTS, term_weights

TIE_MARGIN = 16

TELLING_SHARE = 0.2
"""Words in more of the passages than this find no candidates, though they count in scores: they say little and have the
longest postings. On 100,000 made passages candidates then take 1 ms instead of 4."""

LEAPING_FROM = 20_000
"""In larger indexes candidates come from the words of the text, and all fields score them. Tantivy leaps over postings
that cannot reach the best (block-max WAND) only where no term is weighed."""

MOST_LEVELS = 64
"""Of a query that looks passages up. In levels of one part 799 parts take .88 s; in 64 levels .03."""

MOST_PAPERS_ONE_BY_ONE = 32
"""Up to so many papers are asked for as terms: tantivy makes an automaton of a set of terms, at each of the twenty
times that a query counts. Within one paper of COVID-QA a count takes .012 ms, with a set .32; among 100,000 made
passages .05 against .50 (processor time, one thread, 2026-11)."""


@dataclass(slots=True)
class Known:
    """Scores of rows that a query has found already; with `is_all` every other row's is 0."""

    scores: dict[int, float] = field(default_factory=dict)
    is_all: bool = False

    def add(self, rows: Rows, scores: Scores) -> None:
        """Note the scores of these rows."""
        self.scores.update(zip(rows.tolist(), scores.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class WeighedQuery:
    """Terms with their weights, None where there are none, and which passages count, None where all do.

    `parts` are the terms one by one; `plain` are those of the text and those of the title, none weighed, empty where
    one has a weight of its own or the query is of some papers; `known` is what searches have found.
    """

    terms: Query | None
    only: Query | None
    parts: tuple[Query, ...] = ()
    plain: tuple[Query, ...] = ()
    known: Known = field(default_factory=Known, compare=False)


class KeywordSearch:
    """One state of a keyword index. Several threads may search."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, *, documents: int, folder: Path | None):
        """Search what `searcher` sees; `documents` is the N of its formula, `folder` is named in errors."""
        self._searcher = searcher
        self._schema = schema
        self._documents = documents
        self._folder = folder

    def weighed(
        self,
        terms: Sequence[str],
        *,
        paper_ids: Sequence[str] | None,
        translations: Sequence[Translation],
    ) -> WeighedQuery:
        """Return the query that sums over fields and terms; see `KeywordIndex.weighed`."""
        only = None if paper_ids is None else self._of_papers(paper_ids)
        weights = term_weights(terms, translations, counts=_Counts(self, only))
        with own_errors(self._folder):
            held = {key: weight for key, weight in weights.items() if self._searcher.doc_freq(*key)}
        parts = [Query.boost_query(self._term(name, term), weight) for (name, term), weight in held.items()]
        summed = Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None
        texts = {term: weight for (name, term), weight in weights.items() if name == "text"}
        is_plain = only is None and bool(texts) and all(weight == 1.0 for weight in texts.values())
        telling = self._telling(texts) if is_plain else []
        plain = [
            Query.boolean_query([(Occur.Should, self._term(name, term)) for term in telling])
            for name in ("text", "title")
            if telling
        ]
        return WeighedQuery(summed, only, tuple(parts), tuple(plain))

    def search(self, query: WeighedQuery, *, k: int) -> tuple[Rows, Scores]:
        """Return the k rows with the highest BM25, best first; see `KeywordIndex.search`."""
        if query.terms is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if query.plain and self._documents > LEAPING_FROM:
            rows, scores = self.leaping(query, k)
            if len(rows) == k:
                return rows, scores
        within = query.terms if query.only is None else _within(query.terms, query.only)
        wanted = k + TIE_MARGIN
        while True:
            rows, scores = self._best(within, wanted)
            is_tie_cut = len(rows) == wanted and scores[-1] == scores[k - 1]
            if not is_tie_cut:
                query.known.add(rows, scores)
                query.known.is_all = len(rows) < wanted
                return rows[:k], scores[:k]
            wanted *= 4

    def leaping(self, query: WeighedQuery, k: int) -> tuple[Rows, Scores]:
        """Return the k best by all fields of those passages that the words of the text or of the title find first."""
        rows = np.unique(np.concatenate([self._best(plain, k)[0] for plain in query.plain]))
        scores = self.scores(query, rows)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def scores(self, query: WeighedQuery, rows: Rows) -> Scores:
        """Return the score that `search` gives each row, 0 where no term occurs."""
        known = query.known
        missing = [] if known.is_all else [row for row in rows.tolist() if row not in known.scores]
        if query.terms is not None and missing:
            wanted = Query.boolean_query([(Occur.Should, self._row(row)) for row in missing])
            known.scores.update(dict.fromkeys(missing, 0.0))
            known.add(*self._best(_looked_up(query.parts, wanted), len(missing)))
        return np.array([known.scores.get(row, 0.0) for row in rows.tolist()], dtype=np.float32)

    def _of_papers(self, paper_ids: Sequence[str]) -> Query:
        """Return the query for the passages of these papers."""
        if not 0 < len(paper_ids) <= MOST_PAPERS_ONE_BY_ONE:
            return Query.term_set_query(self._schema, "paper", list(paper_ids))
        papers = [self._term("paper", paper_id) for paper_id in paper_ids]
        return papers[0] if len(papers) == 1 else Query.boolean_query([(Occur.Should, paper) for paper in papers])

    def _telling(self, terms: Iterable[str]) -> list[str]:
        """Return the terms that a small part of the passages have; all of them where there is none."""
        held = list(terms)
        most = TELLING_SHARE * self._documents
        with own_errors(self._folder):
            return [term for term in held if self._searcher.doc_freq("text", term) <= most] or held

    def _best(self, query: Query, limit: int) -> tuple[Rows, Scores]:
        searcher = self._searcher
        with own_errors(self._folder):
            hits = searcher.search(query, limit=limit, count=False).hits
            rows = np.array(searcher.fast_field_values("row", [place for _, place in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _count(self, query: Query) -> int:
        with own_errors(self._folder):
            return int(self._searcher.search(query, limit=1).count)  # type: ignore[attr-defined]  # its stubs lack it

    def _term(self, field: str, term: str) -> Query:
        option = "freq" if field in FIELD_BOOSTS else "basic"
        return Query.term_query(self._schema, field, term, index_option=option)

    def _row(self, row: int) -> Query:
        return Query.term_query(self._schema, "row", row, index_option="basic")


class _Counts:
    """How often terms occur, in the scope of a query and in the whole index; each is counted once."""

    def __init__(self, search: KeywordSearch, only: Query | None) -> None:
        self._search = search
        self._only = only
        self.is_scoped = only is not None
        self.documents = search._documents
        self._here: dict[tuple[str, ...], int] = {}
        self.held = self.documents if only is None else search._count(only)

    def everywhere(self, field: str, term: str) -> int:
        with own_errors(self._search._folder):
            return int(self._search._searcher.doc_freq(field, term))

    def here(self, field: str, terms: Sequence[str]) -> int:
        key = (field, *terms)
        if key not in self._here:
            self._here[key] = self._counted(field, terms)
        return self._here[key]

    def _counted(self, field: str, terms: Sequence[str]) -> int:
        if self._only is None and len(terms) == 1:
            return self.everywhere(field, terms[0])
        either = Query.boolean_query([(Occur.Should, self._search._term(field, term)) for term in terms])
        return self._search._count(either if self._only is None else _within(either, self._only))


def rows_between(schema: tantivy.Schema, first: int, last: int) -> Query:
    """Return the query for rows `first` to `last`, both included."""
    return Query.range_query(schema, "row", tantivy.FieldType.Unsigned, first, last)


def _within(query: Query, only: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(only, 0.0))])


def _looked_up(parts: Sequence[Query], only: Query) -> Query:
    """Return the query that sums `parts` like an OR of them, by looking each passage of `only` up in each part.

    An OR reads every posting between the passages asked about; optional parts hung one by one on a query that holds
    all passages leap over them. 400 passages of 100,000, ten words in four fields: 6.5 ms against 10; the more passages
    the library has, the more is leapt over. The scores are the same to the last bit. Of a long query several parts hang
    together: tantivy goes down the levels by recursion, and a thousand of them end the process.
    """
    together = -(-len(parts) // MOST_LEVELS)
    summed = Query.const_score_query(Query.all_query(), 0.0)
    for start in range(0, len(parts), max(1, together)):
        optional = [(Occur.Should, part) for part in parts[start : start + together]]
        summed = Query.boolean_query([(Occur.Must, summed), *optional])
    return _within(summed, only)
