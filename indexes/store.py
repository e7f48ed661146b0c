"""Papers, passages, vectors and documents in the library's database, and the log of what changed.

Every write is one transaction that draws a new generation and logs which rows came and went; the derived indexes
catch up from that log. Knows nothing of encoders, FAISS or tantivy.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from indexes.arrays import Vectors
from indexes.database import Database
from indexes.errors import IndexMismatch
from indexes.files import Files
from indexes.listing import ORDERS, PaperOrder, filters_of
from indexes.names import no_paper, resolved
from indexes.records import Language, Paper, Passage
from indexes.rows import (
    VECTOR_DTYPE,
    StoredPaper,
    compressed,
    decompressed,
    paper_values,
    passage_values,
    stored_paper,
    stored_passage,
)
from indexes.tables import CHANGES, DOCUMENTS, LIBRARY_INFO, PAPERS, PASSAGES, VECTORS

KEPT_CHANGES = 20_000
"""Log entries kept; an index that is further behind is rebuilt, which by then costs about the same."""


class ChangeKind(StrEnum):
    """What happened to a paper's rows."""

    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class State:
    """Which state of the library something reflects: how many writes there were, and the mark of the last."""

    generation: int
    token: str


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
            order: newest added first, newest published first (undated last), or by title.
            limit: at most so many; None means all.
            offset: how many to leave out at the front.
        """
        filters = filters_of(text, language, published_from, published_to)
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
    ) -> int:
        """Return how many papers pass every filter (as `papers`)."""
        filters = filters_of(text, language, published_from, published_to)
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
    ) -> None:
        """Store a paper whole, in one transaction; a paper with the same id, and its sheets, are replaced.

        Args:
            paper: what it is; its `added_at` stays when it replaces one.
            passages: of this paper.
            vectors: (len(passages), dimension), one row a passage, of norm 1.
            parser: engine and version that read it.
            document_json: the parsed document, returned as it is by `document_json`.

        Raises:
            IndexMismatch: the vectors are not one row of the library's dimension for each passage.
            LibraryFull, Busy: nothing is written.
        """
        if vectors.shape != (len(passages), self._dimension):
            raise IndexMismatch(
                f"paper {paper.paper_id}: vectors of shape {vectors.shape}, "
                f"({len(passages)}, {self._dimension}) expected",
                hint="Encode the passages with the library's own encoder.",
            )
        with self._database.write() as connection:
            state = _next_state(connection)
            added_at = _remove_rows(connection, paper.paper_id, state) or _now()
            stored = {"parser": parser, "added_at": added_at, "passage_count": len(passages)}
            connection.execute(insert(PAPERS), paper_values(paper) | stored)
            connection.execute(
                insert(DOCUMENTS), {"paper_id": paper.paper_id, "compressed_json": compressed(document_json)}
            )
            first_row = _insert_passages(connection, passages, vectors)
            last_row = first_row + len(passages) - 1
            _log_change(connection, state, paper.paper_id, ChangeKind.ADDED, first_row, last_row)

    def remove_paper(self, paper_id: str) -> None:
        """Remove a paper with its passages, vectors, document, sheets and, if no other paper has it, its file.

        Raises:
            NotFound: the library has no such paper.
        """
        with self._database.write() as connection:
            found = connection.execute(select(PAPERS.c.content_sha256).where(PAPERS.c.paper_id == paper_id)).first()
            if found is None:
                raise no_paper(paper_id)
            _remove_rows(connection, paper_id, _next_state(connection))
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


def _insert_passages(connection: Connection, passages: Sequence[Passage], vectors: Vectors) -> int:
    """Insert passages and vectors under the next free row numbers and return the first."""
    highest = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").scalar()
    first_row = int(highest or 0) + 1
    if passages:
        rows = range(first_row, first_row + len(passages))
        blobs = np.ascontiguousarray(vectors, dtype=VECTOR_DTYPE)
        connection.execute(
            insert(PASSAGES),
            [{"row": row} | passage_values(passage) for row, passage in zip(rows, passages, strict=True)],
        )
        connection.execute(
            insert(VECTORS), [{"row": row, "vector": blob.tobytes()} for row, blob in zip(rows, blobs, strict=True)]
        )
    return first_row


def _remove_rows(connection: Connection, paper_id: str, state: State) -> str | None:
    """Remove a paper and all that hangs on it; return when it was added, or None where there was none."""
    added_at = connection.execute(select(PAPERS.c.added_at).where(PAPERS.c.paper_id == paper_id)).scalar()
    if added_at is None:
        return None
    bounds = select(func.min(PASSAGES.c.row), func.max(PASSAGES.c.row)).where(PASSAGES.c.paper_id == paper_id)
    first_row, last_row = connection.execute(bounds).one()
    connection.execute(delete(PAPERS).where(PAPERS.c.paper_id == paper_id))
    bounds_known = first_row is not None
    _log_change(
        connection,
        state,
        paper_id,
        ChangeKind.REMOVED,
        first_row if bounds_known else 0,
        last_row if bounds_known else -1,
    )
    return str(added_at)


def _next_state(connection: Connection) -> State:
    generation = connection.execute(select(LIBRARY_INFO.c.generation)).scalar_one() + 1
    state = State(generation, secrets.token_hex(8))
    connection.execute(update(LIBRARY_INFO).values(generation=state.generation, token=state.token))
    return state


def _log_change(
    connection: Connection, state: State, paper_id: str, kind: ChangeKind, first_row: int, last_row: int
) -> None:
    connection.execute(
        insert(CHANGES),
        {
            "generation": state.generation,
            "token": state.token,
            "paper_id": paper_id,
            "kind": kind.value,
            "first_row": first_row,
            "last_row": last_row,
        },
    )
    connection.execute(delete(CHANGES).where(CHANGES.c.generation <= state.generation - KEPT_CHANGES))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
