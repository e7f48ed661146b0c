"""BM25 over terms. The one home of tantivy; terms come from `indexes.analysis`, so no query language is spoken here.

The state that the index reflects is a document of its own, replaced in the same commit as the passages.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexes.analysis import ANALYSIS_VERSION, terms_of
from indexes.arrays import Rows, Scores
from indexes.errors import LibraryDamaged
from indexes.row_log import IndexedText, RowRange
from indexes.store import State

WRITER_HEAP_BYTES = 50_000_000
TIE_MARGIN = 16
STATE_FIELD = "state"

FIELD_BOOSTS = {"text": 1.0, "title": 0.5, "section": 0.5}


class KeywordIndex:
    """An open keyword index. Several threads may search; one process at a time may apply changes."""

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, or make an empty one where there is none.

        Raises:
            LibraryDamaged: what is there cannot be read.
        """
        self.folder = folder
        self._schema = _schema()
        folder.mkdir(parents=True, exist_ok=True)
        with _own_errors(folder):
            check_footers(folder)
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._index.config_reader("manual")
            self._index.reload()
            self._searcher = self._index.searcher()

    def __len__(self) -> int:
        with _own_errors(self.folder):
            return int(self._searcher.search(Query.exists_query("row"), limit=1).count)

    def reload(self) -> None:
        """See what other processes have committed."""
        with _own_errors(self.folder):
            self._index.reload()
            self._searcher = self._index.searcher()

    def state(self) -> State | None:
        """Return the state that the index reflects; None for a new index or one of another analysis."""
        searcher = self._searcher
        with _own_errors(self.folder):
            hits = searcher.search(self._term("kind", STATE_FIELD), limit=1).hits
            if not hits:
                return None
            value = json.loads(searcher.doc(hits[0][1])[STATE_FIELD][0])
        if value["analysis"] != ANALYSIS_VERSION:
            return None
        return State(value["generation"], value["token"])

    def apply(self, *, removed: Iterable[RowRange], added: Iterable[IndexedText], state: State, anew: bool) -> None:
        """Take rows out, put texts in and note the state, in one commit.

        Args:
            removed: rows to take out; those that are not there are passed over.
            added: texts to put in; a row that is there already is replaced.
            state: what the index reflects afterwards.
            anew: begin with an empty index.
        """
        with _own_errors(self.folder):
            writer = self._index.writer(WRITER_HEAP_BYTES, 1)
            if anew:
                writer.delete_all_documents()
            for span in removed:
                writer.delete_documents_by_query(self._rows_between(span.first, span.last))
            for text in added:
                if not anew:
                    writer.delete_documents_by_term("row", text.row)
                writer.add_document(_document(text))
            writer.delete_documents_by_term("kind", STATE_FIELD)
            writer.add_document(_state_document(state))
            writer.commit()
            writer.wait_merging_threads()
        self.reload()

    def search(self, terms: Sequence[str], *, k: int, paper_ids: Sequence[str] | None = None) -> tuple[Rows, Scores]:
        """Return the k rows with the highest BM25, best first.

        Args:
            terms: of the query; a term that is repeated counts that often.
            k: rows wanted, 1 <= k.
            paper_ids: only passages of these papers; None means all.

        Returns:
            rows (k',) and scores (k',), all above 0; equal scores are ordered by row.
        """
        query = self._query(terms)
        if query is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if paper_ids is not None:
            query = self._within(query, Query.term_set_query(self._schema, "paper", list(paper_ids)))
        wanted = k + TIE_MARGIN
        while True:
            rows, scores = self._best(query, wanted)
            is_tie_cut = len(rows) == wanted and scores[-1] == scores[k - 1]
            if not is_tie_cut:
                return rows[:k], scores[:k]
            wanted *= 4

    def scores(self, terms: Sequence[str], rows: Rows) -> Scores:
        """Return the BM25 score of each row, 0 where no term occurs."""
        scores = np.zeros(len(rows), dtype=np.float32)
        query = self._query(terms)
        if query is None or not len(rows):
            return scores
        only = Query.term_set_query(self._schema, "row", [int(row) for row in rows])
        found, values = self._best(self._within(query, only), len(rows))
        places = {int(row): place for place, row in enumerate(rows)}
        for row, value in zip(found, values, strict=True):
            scores[places[int(row)]] = value
        return scores

    def _best(self, query: Query, limit: int) -> tuple[Rows, Scores]:
        searcher = self._searcher
        with _own_errors(self.folder):
            hits = searcher.search(query, limit=limit, count=False).hits
            rows = np.array(searcher.fast_field_values("row", [place for _, place in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _query(self, terms: Sequence[str]) -> Query | None:
        counts: dict[str, int] = {}
        for term in terms:
            counts[term] = counts.get(term, 0) + 1
        parts = [
            (Occur.Should, Query.boost_query(self._term(field, term), boost * count))
            for term, count in counts.items()
            for field, boost in FIELD_BOOSTS.items()
        ]
        return Query.boolean_query(parts) if parts else None

    def _term(self, field: str, term: str) -> Query:
        option = "freq" if field in FIELD_BOOSTS else "basic"
        return Query.term_query(self._schema, field, term, index_option=option)

    def _within(self, query: Query, only: Query) -> Query:
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(only, 0.0))])

    def _rows_between(self, first: int, last: int) -> Query:
        return Query.range_query(self._schema, "row", tantivy.FieldType.Unsigned, first, last)


def remove_index(folder: Path) -> None:
    """Remove the index in `folder`, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)


def check_footers(folder: Path) -> None:
    """Compare each file of the index with the checksum in its own footer.

    Tantivy writes the checksum and does not read it again at opening; a flipped bit would quietly change what is found.

    Raises:
        LibraryDamaged: a file does not agree with its footer.
    """
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".lock") or path.name.startswith("."):
            continue
        content = path.read_bytes()
        length = int.from_bytes(content[-8:-4], "little")
        try:
            expected = json.loads(content[-8 - length : -8])["crc"] if length + 8 <= len(content) else None
        except (ValueError, KeyError, TypeError):
            expected = None
        if expected is None or zlib.crc32(content[: -8 - length]) != expected:
            raise _damaged(folder, f"{path.name} does not agree with its checksum")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("paper", tokenizer_name="raw", index_option="basic")
    for field in FIELD_BOOSTS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(STATE_FIELD, stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(text: IndexedText) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", text.row)
    document.add_text("paper", text.paper_id)
    for field in FIELD_BOOSTS:
        document.add_text(field, " ".join(terms_of(getattr(text, field))))
    return document


def _state_document(state: State) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("kind", STATE_FIELD)
    value = {"generation": state.generation, "token": state.token, "analysis": ANALYSIS_VERSION}
    document.add_text(STATE_FIELD, json.dumps(value))
    return document


@contextmanager
def _own_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise _damaged(folder, str(error)) from error
    except BaseException as error:
        # A damaged file can make tantivy panic; pyo3 raises that beside Exception, under a name it does not export.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(folder, "tantivy gave up on it") from error


def _damaged(folder: Path, reason: Any) -> LibraryDamaged:
    return LibraryDamaged(f"keyword index {folder}: {reason}", hint="It is rebuilt from the library at the next search.")
