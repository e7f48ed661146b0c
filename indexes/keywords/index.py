"""BM25 over terms, on disk or in memory; terms come from `indexes.analysis`, so no query language is spoken here.

The state that the index reflects is a document of its own, replaced in the same commit as the passages. What is in the
index is said in `schema`, how it is searched in `searching`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Query

from indexes.arrays import Rows, Scores
from indexes.japanese.glossary import Translation
from indexes.keywords.files import CHECKED_AT_OPENING_BYTES, check_footers, segments_of
from indexes.keywords.schema import STATE_FIELD, document_of, keyword_schema, own_errors, state_document, state_of
from indexes.keywords.searching import KeywordSearch, WeighedQuery, rows_between
from indexes.storage.paper_writing import State
from indexes.storage.row_log import IndexedText, RowRange

WRITER_HEAP_BYTES = 50_000_000
BUILDING_HEAP_BYTES = 200_000_000
"""What is in memory at most before it becomes a segment, for changes and for an index made anew. Every segment is asked
about every term of a query: with one of 100,000 passages instead of eight a search within a paper takes .95 ms instead
of 2.3, scoring 200 candidates 3.4 instead of 4.7."""


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
        self._schema = keyword_schema()
        if folder is not None and not create:
            check_footers(folder, most_bytes=CHECKED_AT_OPENING_BYTES)
        with own_errors(folder):
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
        with own_errors(self.folder):
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
        with own_errors(self.folder):
            self._index.reload()
            self._searcher = self._index.searcher()
        self._state = self._read_state()
        self._search = KeywordSearch(
            self._searcher, self._schema, documents=self._count_documents(), folder=self.folder
        )

    def _count_documents(self) -> int:
        """Return the N of tantivy's formula: documents on disk, removed ones included until their segment is merged."""
        if self.folder is None:
            return max(1, self._searcher.num_docs)  # nothing is removed from an index in memory
        return max(1, sum(segment.documents for segment in segments_of(self.folder)))

    def _read_state(self) -> State | None:
        with own_errors(self.folder):
            wanted = Query.term_query(self._schema, "kind", STATE_FIELD, index_option="basic")
            hits = self._searcher.search(wanted, limit=1).hits
            texts = self._searcher.doc(hits[0][1]).get_all(STATE_FIELD) if hits else []
        if not texts:
            return None
        return state_of(texts[0], folder=self.folder)

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
        with own_errors(self.folder):
            writer = self._index.writer(BUILDING_HEAP_BYTES if anew else WRITER_HEAP_BYTES, 1)
            if anew:
                writer.delete_all_documents()
        for span in removed:
            with own_errors(self.folder):
                writer.delete_documents_by_query(rows_between(self._schema, span.first, span.last))
        for text in added:
            document = document_of(text)
            with own_errors(self.folder):
                writer.add_document(document)
        with own_errors(self.folder):
            writer.delete_documents_by_term("kind", STATE_FIELD)
            writer.add_document(state_document(state))
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
        return self._search.weighed(terms, paper_ids=paper_ids, translations=translations)

    def search(self, query: WeighedQuery, *, k: int) -> tuple[Rows, Scores]:
        """Return the k rows with the highest BM25, best first.

        In an index of more than `searching.LEAPING_FROM` passages a row that neither its text alone nor its title
        alone puts among the first k is passed over, even where both together would.

        Args:
            query: from `weighed`.
            k: rows wanted, 1 <= k.

        Returns:
            rows (k',) and scores (k',), all above 0; equal scores are ordered by row.
        """
        return self._search.search(query, k=k)

    def scores(self, query: WeighedQuery, rows: Rows) -> Scores:
        """Return the score that `search` gives each row, 0 where no term occurs."""
        return self._search.scores(query, rows)
