"""BM25 over terms. The one home of tantivy; terms come from `indexes.analysis`, so no query language is spoken here.

The state that the index reflects is a document of its own, replaced in the same commit as the passages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexes.analysis import ANALYSIS_VERSION, pairs_of, terms_of
from indexes.arrays import Rows, Scores
from indexes.files import FORBIDDEN, NO_ROOM, refused
from indexes.japanese.glossary import Translation
from indexes.keyword_files import CHECKED_AT_OPENING_BYTES, check_footers, damaged, segments_of
from indexes.keyword_weights import FIELD_BOOSTS, term_weights
from indexes.row_log import IndexedText, RowRange
from indexes.store import State

WRITER_HEAP_BYTES = 50_000_000
TIE_MARGIN = 16

STATE_FIELD = "state"

TELLING_SHARE = 0.2
"""Words in more of the passages than this find no candidates, though they count in scores: they say little and have the
longest postings. On 100,000 made passages candidates then take 1 ms instead of 4."""

LEAPING_FROM = 20_000
"""In larger indexes candidates come from the words of the text, and all fields score them. Tantivy leaps over postings
that cannot reach the best (block-max WAND) only where no term is weighed."""

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")  # how Rust writes an errno; tantivy gives it in words only


@dataclass(frozen=True, slots=True)
class WeighedQuery:
    """Terms with their weights, None where there are none, and which passages count, None where all do.

    `parts` are the terms one by one; `plain` are those of the text and those of the title, none weighed, empty where
    one has a weight of its own or the query is of some papers; `found` are the scores of the rows that a search has
    found already.
    """

    terms: Query | None
    only: Query | None
    parts: tuple[Query, ...] = ()
    plain: tuple[Query, ...] = ()
    found: dict[int, float] = field(default_factory=dict, compare=False)


class KeywordIndex:
    """An open keyword index. Several threads may search; one process at a time may apply changes."""

    def __init__(self, folder: Path | None, *, create: bool = False) -> None:
        """Open the index in `folder`; with `create`, make an empty one. Hold the writers' lock while doing so.

        Args:
            folder: None means an empty index in memory, gone with the process.
            create: make the folder and the index.

        Raises:
            LibraryDamaged: there is none, or what is there cannot be read.
            LibraryFull, LibraryError: it cannot be made there.
        """
        self.folder = folder
        self._schema = _schema()
        if folder is not None and not create:
            check_footers(folder, most_bytes=CHECKED_AT_OPENING_BYTES)
        with _own_errors(folder):
            if folder is None:
                self._index = tantivy.Index(self._schema)
            elif create:
                folder.mkdir(parents=True, exist_ok=True)
                self._index = tantivy.Index(self._schema, path=str(folder))
            else:
                self._index = tantivy.Index.open(str(folder))
            self._index.config_reader("manual")
        self.reload()

    def __len__(self) -> int:
        return len(self.rows())

    def rows(self) -> Rows:
        """Return the row numbers held, in order."""
        with _own_errors(self.folder):
            held = self._searcher.num_docs
            hits = self._searcher.search(Query.exists_query("row"), limit=max(held, 1), count=False).hits
            found = self._searcher.fast_field_values("row", [place for _, place in hits])
        return np.sort(np.array(found, dtype=np.int64))

    @property
    def state(self) -> State | None:
        """The state that the index reflects; None for a new index or one of another analysis."""
        return self._state

    def reload(self) -> None:
        """See what was committed since, by this process or others."""
        with _own_errors(self.folder):
            self._index.reload()
            self._searcher = self._index.searcher()
        self._state = self._read_state()
        self._documents = self._count_documents()

    def _count_documents(self) -> int:
        """Return the N of tantivy's formula: documents on disk, removed ones included until their segment is merged."""
        if self.folder is None:
            return max(1, self._searcher.num_docs)  # nothing is removed from an index in memory
        return max(1, sum(segment.documents for segment in segments_of(self.folder)))

    def _read_state(self) -> State | None:
        with _own_errors(self.folder):
            hits = self._searcher.search(self._term("kind", STATE_FIELD), limit=1).hits
            texts = self._searcher.doc(hits[0][1]).get_all(STATE_FIELD) if hits else []
        if not texts:
            return None
        try:
            value = json.loads(texts[0])
            return State(value["generation"], value["token"]) if value["analysis"] == ANALYSIS_VERSION else None
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(self.folder, f"its state is not one ({error})") from error

    def apply(self, *, removed: Iterable[RowRange], added: Iterable[IndexedText], state: State, anew: bool) -> None:
        """Take rows out, put texts in and note the state, in one commit.

        Args:
            removed: rows to take out; those that are not there are passed over.
            added: texts to put in; their rows are not there yet. What its iterator raises is let through.
            state: what the index reflects afterwards.
            anew: begin with an empty index.

        Raises:
            LibraryFull: the disk takes no more.
            LibraryError, LibraryDamaged: it cannot be written, for another reason or for one that tantivy keeps.
        """
        with _own_errors(self.folder):
            writer = self._index.writer(WRITER_HEAP_BYTES, 1)
            if anew:
                writer.delete_all_documents()
        for span in removed:
            with _own_errors(self.folder):
                writer.delete_documents_by_query(self._rows_between(span.first, span.last))
        for text in added:
            document = _document(text)
            with _own_errors(self.folder):
                writer.add_document(document)
        with _own_errors(self.folder):
            writer.delete_documents_by_term("kind", STATE_FIELD)
            writer.add_document(_state_document(state))
            writer.commit()
            writer.wait_merging_threads()
        self.reload()

    def weighed(
        self,
        terms: Sequence[str],
        *,
        paper_ids: Sequence[str] | None = None,
        translations: Sequence[Translation] = (),
    ) -> WeighedQuery:
        """Return the query that sums over fields and terms, for `search` and `scores`.

        Args:
            terms: of the query, in order; each counts once.
            paper_ids: only passages of these papers, and how rare a term is is counted among them; None means all.
            translations: what words of the query mean in the papers' language; see `term_weights`.
        """
        only = None if paper_ids is None else Query.term_set_query(self._schema, "paper", list(paper_ids))
        weights = term_weights(terms, translations, counts=_Counts(self, only))
        parts = [Query.boost_query(self._term(name, term), weight) for (name, term), weight in weights.items()]
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
        """Return the k rows with the highest BM25, best first.

        In an index of more than `LEAPING_FROM` passages a row that neither its text alone nor its title alone puts
        among the first k is passed over, even where both together would.

        Returns:
            rows (k',) and scores (k',), all above 0; equal scores are ordered by row.
        """
        if query.terms is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if query.plain and self._documents > LEAPING_FROM:
            rows, scores = self._leaping(query, k)
            if len(rows) == k:
                return rows, scores
        within = query.terms if query.only is None else _within(query.terms, query.only)
        wanted = k + TIE_MARGIN
        while True:
            rows, scores = self._best(within, wanted)
            is_tie_cut = len(rows) == wanted and scores[-1] == scores[k - 1]
            if not is_tie_cut:
                query.found.update(zip(rows.tolist(), scores.tolist(), strict=True))
                return rows[:k], scores[:k]
            wanted *= 4

    def _telling(self, terms: Iterable[str]) -> list[str]:
        """Return the terms that a small part of the passages have; all of them where there is none."""
        held = list(terms)
        most = TELLING_SHARE * self._documents
        with _own_errors(self.folder):
            return [term for term in held if self._searcher.doc_freq("text", term) <= most] or held

    def _leaping(self, query: WeighedQuery, k: int) -> tuple[Rows, Scores]:
        """Return the k best by all fields of those passages that the words of the text or of the title find first."""
        rows = np.unique(np.concatenate([self._best(plain, k)[0] for plain in query.plain]))
        scores = self.scores(query, rows)
        order = np.lexsort((rows, -scores))[:k]
        query.found.update(zip(rows.tolist(), scores.tolist(), strict=True))
        return rows[order], scores[order]

    def scores(self, query: WeighedQuery, rows: Rows) -> Scores:
        """Return the score that `search` gives each row, 0 where no term occurs."""
        known = dict(query.found)
        missing = [row for row in rows.tolist() if row not in known]
        if query.terms is not None and missing:
            wanted = Query.boolean_query([(Occur.Should, self._row(row)) for row in missing])
            known.update(self._scored(_looked_up(query.parts, wanted), len(missing)))
        return np.array([known.get(row, 0.0) for row in rows.tolist()], dtype=np.float32)

    def _scored(self, query: Query, limit: int) -> Iterator[tuple[int, float]]:
        rows, scores = self._best(query, limit)
        return zip(rows.tolist(), scores.tolist(), strict=True)

    def _best(self, query: Query, limit: int) -> tuple[Rows, Scores]:
        searcher = self._searcher
        with _own_errors(self.folder):
            hits = searcher.search(query, limit=limit, count=False).hits
            rows = np.array(searcher.fast_field_values("row", [place for _, place in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _count(self, query: Query) -> int:
        with _own_errors(self.folder):
            return int(self._searcher.search(query, limit=1).count)  # type: ignore[attr-defined]  # its stubs lack it

    def _term(self, field: str, term: str) -> Query:
        option = "freq" if field in FIELD_BOOSTS else "basic"
        return Query.term_query(self._schema, field, term, index_option=option)

    def _row(self, row: int) -> Query:
        return Query.term_query(self._schema, "row", row, index_option="basic")

    def _rows_between(self, first: int, last: int) -> Query:
        return Query.range_query(self._schema, "row", tantivy.FieldType.Unsigned, first, last)


class _Counts:
    """How often terms occur, in the scope of a query and in the whole index; each is counted once."""

    def __init__(self, index: KeywordIndex, only: Query | None) -> None:
        self._index = index
        self._only = only
        self.is_scoped = only is not None
        self.documents = index._documents
        self.held = self.documents if only is None else index._count(only)
        self._here: dict[tuple[str, ...], int] = {}

    def everywhere(self, field: str, term: str) -> int:
        with _own_errors(self._index.folder):
            return int(self._index._searcher.doc_freq(field, term))

    def here(self, field: str, terms: Sequence[str]) -> int:
        key = (field, *terms)
        if key not in self._here:
            self._here[key] = self._counted(field, terms)
        return self._here[key]

    def _counted(self, field: str, terms: Sequence[str]) -> int:
        if self._only is None and len(terms) == 1:
            return self.everywhere(field, terms[0])
        either = Query.boolean_query([(Occur.Should, self._index._term(field, term)) for term in terms])
        return self._index._count(either if self._only is None else _within(either, self._only))


def _within(query: Query, only: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(only, 0.0))])


def _looked_up(parts: Sequence[Query], only: Query) -> Query:
    """Return the query that sums `parts` like an OR of them, by looking each passage of `only` up in each part.

    An OR reads every posting between the passages asked about; optional parts hung one by one on a query that holds
    all passages leap over them. 400 passages of 100,000, ten words in four fields: 6.5 ms against 10; the more passages
    the library has, the more is leapt over. The scores are the same to the last bit.
    """
    summed = Query.const_score_query(Query.all_query(), 0.0)
    for part in parts:
        summed = Query.boolean_query([(Occur.Must, summed), (Occur.Should, part)])
    return _within(summed, only)


def is_of_this_schema(folder: Path) -> bool:
    """Return whether the index in `folder` has the fields of this version of Ronbun.

    Raises:
        LibraryDamaged: there is none, or what is there cannot be read.
    """
    with _own_errors(folder):
        return tantivy.Index.open(str(folder)).schema == _schema()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("paper", tokenizer_name="raw", index_option="basic")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(STATE_FIELD, stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(text: IndexedText) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", text.row)
    document.add_text("paper", text.paper_id)
    terms = terms_of(text.text)
    document.add_text("text", " ".join(terms))
    document.add_text("pairs", " ".join(pairs_of(terms)))
    document.add_text("title", " ".join(terms_of(text.title)))
    document.add_text("section", " ".join(terms_of(text.section)))
    return document


def _state_document(state: State) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("kind", STATE_FIELD)
    value = {"generation": state.generation, "token": state.token, "analysis": ANALYSIS_VERSION}
    document.add_text(STATE_FIELD, json.dumps(value))
    return document


@contextmanager
def _own_errors(folder: Path | None) -> Iterator[None]:
    """Turn what tantivy raises into our errors; nothing but calls of tantivy's belongs in the block."""
    try:
        yield
    except (ValueError, OSError) as error:
        found = _SYSTEM_ERROR.search(str(error))
        code = error.errno if isinstance(error, OSError) and error.errno else int(found[1]) if found else None
        if folder is not None and code in NO_ROOM | FORBIDDEN:
            raise refused(folder, code=code, reason=str(error)) from error
        raise damaged(folder, str(error)) from error
    except BaseException as error:
        # A damaged file can make tantivy panic; pyo3 raises that beside Exception, under a name it does not export.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(folder, "tantivy gave up on it") from error
