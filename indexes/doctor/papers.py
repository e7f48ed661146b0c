"""Papers that are not whole: passages, vectors and documents in the database, originals beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from indexes.doctor.complaints import Complaint, ComplaintCode
from indexes.records import SourceKind
from indexes.storage.rows import VECTOR_DTYPE
from indexes.storage.tables import DOCUMENTS, PAPERS, PASSAGES, VECTORS


def incomplete_papers(connection: Connection, dimension: int) -> Iterator[Complaint]:
    """Tell of papers without a document, a passage or a vector, and of vectors not `dimension` numbers long."""
    held = (
        select(
            PASSAGES.c.paper_id,
            func.count(PASSAGES.c.row).label("passages"),
            func.count(VECTORS.c.row).label("vectors"),
        )
        .join(VECTORS, VECTORS.c.row == PASSAGES.c.row, isouter=True)
        .group_by(PASSAGES.c.paper_id)
        .subquery()
    )
    statement = select(PAPERS.c.paper_id, PAPERS.c.passage_count, held.c.passages, held.c.vectors, DOCUMENTS.c.paper_id)
    statement = statement.join(held, held.c.paper_id == PAPERS.c.paper_id, isouter=True)
    statement = statement.join(DOCUMENTS, DOCUMENTS.c.paper_id == PAPERS.c.paper_id, isouter=True)
    for paper_id, stated, passages, vectors, document in connection.execute(statement.order_by(PAPERS.c.paper_id)):
        if not (stated == (passages or 0) == (vectors or 0)) or document is None:
            yield Complaint(
                ComplaintCode.PAPER_INCOMPLETE,
                f"paper {paper_id}: {stated} passages stated, {passages or 0} there, {vectors or 0} vectors, "
                f"{'a' if document else 'no'} document; remove it and ingest it again",
                False,
            )
    size_bytes = dimension * VECTOR_DTYPE.itemsize
    wrong = select(func.count()).select_from(VECTORS).where(func.length(VECTORS.c.vector) != size_bytes)
    if count := connection.execute(wrong).scalar_one():
        yield Complaint(ComplaintCode.VECTOR_DAMAGED, f"{count} vectors are not {dimension} numbers long", False)


def file_complaints(folder: Path, connection: Connection) -> Iterator[Complaint]:
    """Tell of originals in `folder` that are missing, changed, or of no paper."""
    columns = (PAPERS.c.paper_id, PAPERS.c.content_sha256, PAPERS.c.source_kind)
    papers = connection.execute(select(*columns).order_by(PAPERS.c.paper_id)).all()
    files = {path.name.split(".")[0]: path for path in sorted(folder.glob("[0-9a-f]*.*"))}
    for paper in papers:
        if paper.source_kind != SourceKind.JSONL.value and paper.content_sha256 not in files:
            yield Complaint(
                ComplaintCode.ORIGINAL_MISSING,
                f"paper {paper.paper_id}: its original is not in {folder}; ingest the file again",
                False,
            )
    wanted = {paper.content_sha256 for paper in papers}
    for sha256, path in files.items():
        if sha256 not in wanted:
            yield Complaint(ComplaintCode.ORPHAN_FILE, f"{path} belongs to no paper", True, path)
            continue
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                message = f"{path} does not have the content that its name states; remove it and ingest the file again"
                yield Complaint(ComplaintCode.ORIGINAL_CHANGED, message, False)
