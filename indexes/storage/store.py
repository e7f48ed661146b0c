"""Papers into the library's database and out of it, whole, with a log of what changed.

Every write is one transaction that draws a new generation and logs which rows came and went; the derived indexes
catch up from that log. Knows nothing of encoders, FAISS or tantivy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from indexes.arrays import Vectors
from indexes.errors import IndexMismatch
from indexes.records import Paper, PaperRole, Passage
from indexes.storage.database import Database
from indexes.storage.files import Files
from indexes.storage.names import no_paper
from indexes.storage.note_links import link
from indexes.storage.paper_writing import PaperRecord, insert_record, next_state, remove_rows, restate
from indexes.storage.rows import stored_paper
from indexes.storage.tables import PAPERS


class Store:
    """Writes the papers of one library. Safe to call from several threads and processes."""

    def __init__(self, database: Database, files: Files, *, dimension: int) -> None:
        self._database = database
        self._files = files
        self._dimension = dimension

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

    def put_file(self, path: Path, sha256: str, suffix: str) -> Path:
        """Copy the original at `path` into the library under its hash and return the copy's place.

        Call it before `put_paper`: a file without a paper is harmless, a paper without its file is not.

        Raises:
            UnreadableSource: the file cannot be read, or its bytes do not have this hash (any more).
            LibraryFull: the disk takes no more.
        """
        return self._files.put(path, sha256, suffix)

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
