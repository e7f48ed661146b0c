"""Papers, passages, vectors and documents in the library's database, and the log of what changed.

Every write is one transaction that draws a new generation and logs which rows came and went; the derived indexes
catch up from that log. Knows nothing of encoders, FAISS or tantivy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from indexes.arrays import Vectors
from indexes.database import Database
from indexes.errors import IndexMismatch
from indexes.files import Files
from indexes.listing import ORDERS, PaperNames, PaperOrder, filters_of, paper_names
from indexes.names import no_paper, resolved
from indexes.note_links import link
from indexes.paper_writing import (
    ChangeKind,
    PaperRecord,
    State,
    insert_record,
    next_state,
    remove_rows,
    restate,
)
from indexes.records import Language, Paper, PaperRole, Passage
from indexes.rows import StoredPaper, decompressed, stored_paper, stored_passage
from indexes.tables import DOCUMENTS, LIBRARY_INFO, PAPERS, PASSAGES

__all__ = ["ChangeKind", "PaperRecord", "State", "Store"]

_IDS_A_STATEMENT = 500


class Store:
    """The papers of one library. Safe to call from several threads and processes."""

    def __init__(self, database: Database, files: Files, *, dimension: int) -> None:
        self._database = database
        self._files = files
        self._dimension = dimension

    # Reading

    def papers(
        self,
        *,
        text: str | None = None,
        language: Language | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        role: PaperRole | None = None,
        order: PaperOrder = PaperOrder.ADDED,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[StoredPaper, ...]:
        """Return the papers that pass every filter.

        Args:
            text: words; each must occur in title, authors, arXiv id or DOI, whatever their case.
            language: of the paper.
            published_from, published_to: ISO dates of any exactness, both included; a paper that states only a year
                or month counts as published on its first day, one without a date passes neither.
            role: papers alone, or notes alone.
            order: newest added first, newest published first (undated last), or by title.
            limit: at most so many; None means all.
            offset: how many to leave out at the front.
        """
        filters = filters_of(text, language, published_from, published_to, role)
        statement: Select[Any] = select(PAPERS).where(*filters).order_by(*ORDERS[order], PAPERS.c.paper_id)
        statement = statement.limit(-1 if limit is None else limit).offset(offset)
        with self._database.read() as connection:
            return tuple(stored_paper(row) for row in connection.execute(statement))

    def count_papers(
        self,
        *,
        text: str | None = None,
        language: Language | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        role: PaperRole | None = None,
    ) -> int:
        """Return how many papers pass every filter (as `papers`)."""
        filters = filters_of(text, language, published_from, published_to, role)
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(PAPERS).where(*filters)).scalar_one())

    def paper(self, paper_id: str) -> StoredPaper:
        """Return one paper.

        Raises:
            NotFound: the library has none with this id.
        """
        with self._database.read() as connection:
            row = connection.execute(select(PAPERS).where(PAPERS.c.paper_id == paper_id)).first()
        if row is None:
            raise no_paper(paper_id)
        return stored_paper(row)

    def check_held(self, paper_ids: Sequence[str]) -> None:
        """Pass over papers that are there.

        Raises:
            NotFound: the library has no paper with one of these ids.
        """
        statement = "SELECT paper_id FROM papers WHERE paper_id IN (SELECT value FROM json_each(?))"
        held = {name for (name,) in self._database.rows(statement, json.dumps(list(paper_ids)))} if paper_ids else set()
        missing = next((paper_id for paper_id in paper_ids if paper_id not in held), None)
        if missing is not None:
            raise no_paper(missing)

    def resolve(self, name: str) -> str:
        """Return the id of the paper that `name` means: its id, arXiv id, DOI, or the beginning of one id only.

        Raises:
            NotFound: no paper is meant, or a beginning is shorter than `MIN_BEGINNING_CHARACTERS`.
            BadInput: several are.
        """
        with self._database.read() as connection:
            return resolved(connection, name.strip())

    def resolve_all(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of the papers that `names` mean, in their order, each once; raises what `resolve` raises."""
        return tuple(dict.fromkeys(self.resolve(name) for name in names))

    def paper_with_content(self, sha256: str) -> StoredPaper | None:
        """Return the paper whose `content_sha256` this is (the first added, should there be several), or None."""
        statement = select(PAPERS).where(PAPERS.c.content_sha256 == sha256)
        with self._database.read() as connection:
            row = connection.execute(statement.order_by(PAPERS.c.added_at, PAPERS.c.paper_id).limit(1)).first()
        return None if row is None else stored_paper(row)

    def held(self, paper_ids: Sequence[str]) -> dict[str, StoredPaper]:
        """Return those of the papers that are there, by id."""
        found: dict[str, StoredPaper] = {}
        with self._database.read() as connection:
            for start in range(0, len(paper_ids), _IDS_A_STATEMENT):
                wanted = PAPERS.c.paper_id.in_(paper_ids[start : start + _IDS_A_STATEMENT])
                found.update(
                    (row.paper_id, stored_paper(row)) for row in connection.execute(select(PAPERS).where(wanted))
                )
        return found

    def papers_meeting(self, conditions: Sequence[ColumnElement[bool]]) -> tuple[PaperNames, ...]:
        """Return the names of the papers that meet conditions on the table of papers, by id."""
        names = (PAPERS.c.paper_id, PAPERS.c.authors, PAPERS.c.categories, PAPERS.c.venue)
        statement: Select[Any] = select(*names).where(*conditions).order_by(PAPERS.c.paper_id)
        with self._database.read() as connection:
            return tuple(paper_names(row) for row in connection.execute(statement))

    def notes_of_page(self, source: str) -> tuple[StoredPaper, ...]:
        """Return the notes that were read from a page of this name: its own record and its entries ("name#2")."""
        is_of_page = or_(PAPERS.c.source == source, PAPERS.c.source.startswith(f"{source}#", autoescape=True))
        statement = select(PAPERS).where(PAPERS.c.role == PaperRole.NOTE.value, is_of_page)
        with self._database.read() as connection:
            return tuple(stored_paper(row) for row in connection.execute(statement.order_by(PAPERS.c.paper_id)))

    def with_notes(self, paper_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids and those of the notes about these papers, each once, the given ones first."""
        notes: list[str] = []
        with self._database.read() as connection:
            for start in range(0, len(paper_ids), _IDS_A_STATEMENT):
                about = PAPERS.c.about.in_(paper_ids[start : start + _IDS_A_STATEMENT])
                statement = select(PAPERS.c.paper_id).where(about).order_by(PAPERS.c.paper_id)
                notes += connection.execute(statement).scalars()
        return tuple(dict.fromkeys([*paper_ids, *notes]))

    def document_json(self, paper_id: str) -> str:
        """Return the parsed document as it was given to `put_paper`.

        Raises:
            NotFound: the library has no such paper.
        """
        statement = select(DOCUMENTS.c.compressed_json).where(DOCUMENTS.c.paper_id == paper_id)
        with self._database.read() as connection:
            blob = connection.execute(statement).scalar()
        if blob is None:
            raise no_paper(paper_id)
        return decompressed(blob, paper_id=paper_id)

    def passages(self, paper_id: str) -> tuple[Passage, ...]:
        """Return a paper's passages in reading order.

        Raises:
            NotFound: the library has no such paper.
        """
        statement = select(PASSAGES).where(PASSAGES.c.paper_id == paper_id).order_by(PASSAGES.c.ordinal)
        with self._database.read() as connection:
            found = tuple(stored_passage(row) for row in connection.execute(statement))
        if not found:
            self.paper(paper_id)
        return found

    def generation(self) -> int:
        """Return how many writes the library has seen."""
        return self.state().generation

    def state(self) -> State:
        """Return which state the library is in."""
        with self._database.read() as connection:
            row = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
        return State(row.generation, row.token)

    # Writing

    def put_paper(
        self,
        paper: Paper,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        parser: str,
        document_json: str,
        token_blobs: Sequence[bytes | None] = (),
    ) -> None:
        """Store a paper whole, in one transaction; a paper with the same id, and its sheets, are replaced.

        Args:
            paper: what it is; its `added_at` stays when it replaces one.
            passages: of this paper.
            vectors: (len(passages), dimension), one row a passage, of norm 1.
            parser: engine and version that read it.
            document_json: the parsed document, returned as it is by `document_json`.
            token_blobs: what is kept of each passage's word pieces, None where nothing is; empty for none at all.

        Raises:
            IndexMismatch: the vectors are not one row of the library's dimension for each passage, or the blobs not
                one for each.
            LibraryFull, Busy: nothing is written.
        """
        record = PaperRecord(paper, passages, vectors, parser, document_json, token_blobs)
        self._check_vectors(record)
        with self._database.write() as connection:
            state = next_state(connection)
            insert_record(connection, record, state)
            link(connection, paper)

    def put_page(self, records: Sequence[PaperRecord], *, kept: Sequence[PaperRecord], removed: Sequence[str]) -> None:
        """Bring a page of notes to its present state in one transaction: all of it happens, or nothing.

        Args:
            records: entries that are new, with their passages.
            kept: entries that are there already; only their metadata and documents are written, which name the page.
            removed: ids of entries that the page no longer has.

        Raises:
            IndexMismatch: as `put_paper`.
            LibraryFull, Busy: nothing is written.
        """
        for record in records:
            self._check_vectors(record)
        with self._database.write() as connection:
            changed = [*removed, *(record.paper.paper_id for record in kept)]
            held = select(PAPERS.c.content_sha256).where(PAPERS.c.paper_id.in_(changed)).distinct()
            files = set(connection.execute(held).scalars())
            state = next_state(connection)
            for paper_id in removed:
                remove_rows(connection, paper_id, state)
            for record in kept:
                restate(connection, record.paper, record.document_json)
            for record in records:
                insert_record(connection, record, state)
            for record in (*records, *kept):
                link(connection, record.paper)
            still = set(
                connection.execute(select(PAPERS.c.content_sha256).where(PAPERS.c.content_sha256.in_(files))).scalars()
            )
        for sha256 in files - still:
            self._files.remove(sha256)

    def _check_vectors(self, record: PaperRecord) -> None:
        expected = (len(record.passages), self._dimension)
        if record.vectors.shape != expected:
            raise IndexMismatch(
                f"paper {record.paper.paper_id}: vectors of shape {record.vectors.shape}, {expected} expected",
                hint="Encode the passages with the library's own encoder.",
            )
        if record.token_blobs and len(record.token_blobs) != len(record.passages):
            raise IndexMismatch(
                f"paper {record.paper.paper_id}: word pieces of {len(record.token_blobs)} passages, "
                f"{len(record.passages)} expected",
                hint="Give one for each passage, None for a passage without, or none at all.",
            )

    def remove_paper(self, paper_id: str) -> None:
        """Remove a paper with its passages, vectors, document, sheets and, if no other paper has it, its file.

        Raises:
            NotFound: the library has no such paper.
        """
        with self._database.write() as connection:
            found = connection.execute(select(PAPERS).where(PAPERS.c.paper_id == paper_id)).first()
            if found is None:
                raise no_paper(paper_id)
            remove_rows(connection, paper_id, next_state(connection))
            paper = stored_paper(found).paper
            if paper.role is PaperRole.PAPER:
                link(connection, paper)
            others = select(func.count()).select_from(PAPERS).where(PAPERS.c.content_sha256 == found.content_sha256)
            is_last = connection.execute(others).scalar_one() == 0
        if is_last:
            self._files.remove(found.content_sha256)

    # Files

    def put_file(self, path: Path, sha256: str, suffix: str) -> Path:
        """Copy the original at `path` into the library under its hash and return the copy's place.

        Call it before `put_paper`: a file without a paper is harmless, a paper without its file is not.

        Raises:
            UnreadableSource: the file cannot be read, or its bytes do not have this hash (any more).
            LibraryFull: the disk takes no more.
        """
        return self._files.put(path, sha256, suffix)

    def file_of(self, paper_id: str) -> Path:
        """Return where the paper's original is.

        Raises:
            NotFound: there is no such paper, or the library keeps no file for it.
        """
        return self._files.find(self.paper(paper_id).paper.content_sha256)
