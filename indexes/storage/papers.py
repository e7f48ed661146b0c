"""The papers that a library holds, read: lists, one paper with its passages, document and file, and what names mean.

Knows nothing of how they were written, nor of encoders, FAISS or tantivy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from indexes.records import Language, PaperRole, Passage
from indexes.storage.database import Database
from indexes.storage.files import Files
from indexes.storage.listing import ORDERS, PaperNames, PaperOrder, filters_of, paper_names
from indexes.storage.names import no_paper, resolved
from indexes.storage.rows import StoredPaper, decompressed, stored_paper, stored_passage
from indexes.storage.tables import DOCUMENTS, PAPERS, PASSAGES

_IDS_A_STATEMENT = 500


class Papers:
    """The papers of one library as they are now. Safe to call from several threads and processes."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def listed(
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

    def count(
        self,
        *,
        text: str | None = None,
        language: Language | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        role: PaperRole | None = None,
    ) -> int:
        """Return how many papers pass every filter (as `listed`)."""
        filters = filters_of(text, language, published_from, published_to, role)
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(PAPERS).where(*filters)).scalar_one())

    def get(self, paper_id: str) -> StoredPaper:
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

    def with_content(self, sha256: str) -> StoredPaper | None:
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

    def meeting(self, conditions: Sequence[ColumnElement[bool]]) -> tuple[PaperNames, ...]:
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
        """Return the parsed document as it was given to `Store.put_paper`.

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
            self.get(paper_id)
        return found

    def file_of(self, paper_id: str) -> Path:
        """Return where the paper's original is.

        Raises:
            NotFound: there is no such paper, or the library keeps no file for it.
        """
        return self._files.find(self.get(paper_id).paper.content_sha256)
