"""Examines a library on disk and mends what is derived. Changes nothing that a reader wrote."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from indexes.database import Database
from indexes.derived import KEYWORDS_LOCK_NAME, KEYWORDS_NAME
from indexes.encoder import Encoder
from indexes.errors import LibraryDamaged, LibraryMissing, LibraryTooNew
from indexes.files import leftovers
from indexes.keyword_files import check_footers, remove_index
from indexes.keyword_schema import is_of_this_schema
from indexes.keywords import KeywordIndex
from indexes.library import DATABASE_NAME, DERIVED_NAME, FILES_NAME, remove_leftovers
from indexes.locks import ProcessLock
from indexes.records import SourceKind
from indexes.row_log import RowLog
from indexes.rows import VECTOR_DTYPE
from indexes.tables import DOCUMENTS, LIBRARY_INFO, PAPERS, PASSAGES, TOKEN_VECTORS, VECTORS
from indexes.token_codes import HEADER, is_whole, mark_of
from indexes.token_projection import TokenProjection, projection_for
from indexes.vector_files import check_body, is_of_earlier_layout, read_vectors, vector_files


class ComplaintCode(StrEnum):
    """What can be wrong with a library."""

    DATABASE_DAMAGED = "database_damaged"
    LIBRARY_TOO_NEW = "library_too_new"
    ENCODER_MISMATCH = "encoder_mismatch"
    PAPER_INCOMPLETE = "paper_incomplete"
    VECTOR_DAMAGED = "vector_damaged"
    ORIGINAL_MISSING = "original_missing"
    ORIGINAL_CHANGED = "original_changed"
    ORPHAN_FILE = "orphan_file"
    LEFTOVER = "leftover"
    VECTORS_DAMAGED = "vectors_damaged"
    KEYWORDS_DAMAGED = "keywords_damaged"
    TOKEN_VECTORS_DAMAGED = "token_vectors_damaged"
    TOKEN_VECTORS_OUTDATED = "token_vectors_outdated"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong; `place` is the file concerned, None where there is none to remove."""

    code: ComplaintCode
    message: str
    is_repairable: bool
    place: Path | None = None


def check_library(path: Path, *, encoder: Encoder | None = None) -> tuple[Complaint, ...]:
    """Return what is wrong with the library in the folder `path`; nothing when all is well.

    A derived index that is merely behind, or of an earlier version of Ronbun, is no complaint: the next search catches
    it up or makes it anew.

    Args:
        path: the library's folder.
        encoder: compared with the one that the library is bound to, if given.

    Raises:
        LibraryMissing: there is no library.
    """
    if not (path / DATABASE_NAME).is_file():
        raise LibraryMissing(f"library {path}: there is no {DATABASE_NAME}", hint="Check `--library`.")
    database = Database(path / DATABASE_NAME)
    try:
        if database.is_empty():
            return (_database_damaged("it is empty"),)
        database.check_revision()
        broken = [_database_damaged(line) for line in database.integrity_complaints()]
        return tuple(broken) or tuple(_complaints(path, database, encoder))
    except LibraryTooNew as error:
        return (Complaint(ComplaintCode.LIBRARY_TOO_NEW, error.message, False),)
    except LibraryDamaged as error:
        return (_database_damaged(error.message),)
    finally:
        database.close()


def repair_library(path: Path) -> tuple[Complaint, ...]:
    """Mend what can be mended and return what was: damaged indexes are removed (the next search rebuilds them), and
    so are orphan files and what killed processes left.

    Raises:
        LibraryMissing: there is no library.
    """
    mended = tuple(complaint for complaint in check_library(path) if complaint.is_repairable)
    for complaint in mended:
        if complaint.code is ComplaintCode.KEYWORDS_DAMAGED:
            with ProcessLock(path / DERIVED_NAME / KEYWORDS_LOCK_NAME).held():
                remove_index(path / DERIVED_NAME / KEYWORDS_NAME)
        elif complaint.code is ComplaintCode.TOKEN_VECTORS_DAMAGED:
            _drop_damaged_tokens(path)
        elif complaint.place is not None:
            complaint.place.unlink(missing_ok=True)
    remove_leftovers(path)
    return mended


def _complaints(path: Path, database: Database, encoder: Encoder | None) -> Iterator[Complaint]:
    with database.read() as connection:
        bound = connection.execute(select(LIBRARY_INFO)).first()
        if bound is None:
            yield _database_damaged("it is bound to no encoder")
            return
        if encoder is not None and encoder.sha256 != bound.encoder_sha256:
            yield Complaint(
                ComplaintCode.ENCODER_MISMATCH,
                f"the vectors come from {bound.encoder_name} ({bound.encoder_sha256[:12]}); the encoder that is set is "
                f"{encoder.name} ({encoder.sha256[:12]})",
                False,
            )
        yield from _incomplete_papers(connection, bound.dimension)
        yield from _file_complaints(path / FILES_NAME, connection)
        yield from _token_complaints(connection)
        if encoder is not None:
            yield from _outdated_tokens(connection, projection_for(encoder))
    log = RowLog(database, dimension=bound.dimension)
    yield from _vector_file_complaints(path / DERIVED_NAME, log)
    yield from _keyword_complaints(path / DERIVED_NAME, log)
    for folder in (path / FILES_NAME, path / DERIVED_NAME):
        for leftover in leftovers(folder):
            yield Complaint(ComplaintCode.LEFTOVER, f"{leftover} was left half written", True, leftover)


def _token_complaints(connection: Connection) -> Iterator[Complaint]:
    """One complaint a paper with word pieces that cannot be read; passages do without them."""
    damaged = Counter(paper_id for _, paper_id in _damaged_tokens(connection))
    for paper_id, count in sorted(damaged.items()):
        message = f"paper {paper_id}: word pieces of {count} passages are damaged"
        yield Complaint(ComplaintCode.TOKEN_VECTORS_DAMAGED, message, True)


def _outdated_tokens(connection: Connection, projection: TokenProjection | None) -> Iterator[Complaint]:
    """One complaint a paper with word pieces that an earlier version kept otherwise: a search does without them."""
    if projection is None:
        return
    header = func.substr(TOKEN_VECTORS.c.blob, 1, HEADER.size)
    held = select(PASSAGES.c.paper_id, header).join(PASSAGES, PASSAGES.c.row == TOKEN_VECTORS.c.row)
    outdated = Counter(
        paper_id
        for paper_id, start in connection.execute(held)
        if isinstance(start, bytes) and len(start) == HEADER.size and mark_of(start) != projection.mark
    )
    for paper_id, count in sorted(outdated.items()):
        message = (
            f"paper {paper_id}: word pieces of {count} passages were kept by an earlier version, and searches rank "
            "without them; remove it and ingest it again"
        )
        yield Complaint(ComplaintCode.TOKEN_VECTORS_OUTDATED, message, False)


def _damaged_tokens(connection: Connection) -> list[tuple[int, str]]:
    """Return row and paper of every passage whose word pieces cannot be read."""
    columns = (TOKEN_VECTORS.c.row, PASSAGES.c.paper_id, TOKEN_VECTORS.c.blob)
    held = select(*columns).join(PASSAGES, PASSAGES.c.row == TOKEN_VECTORS.c.row)
    return [(row, paper_id) for row, paper_id, blob in connection.execute(held) if not is_whole(blob)]


def _drop_damaged_tokens(path: Path) -> None:
    database = Database(path / DATABASE_NAME)
    try:
        with database.write() as connection:
            for row, _ in _damaged_tokens(connection):
                connection.execute(delete(TOKEN_VECTORS).where(TOKEN_VECTORS.c.row == row))
    finally:
        database.close()


def _incomplete_papers(connection: Connection, dimension: int) -> Iterator[Complaint]:
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


def _file_complaints(folder: Path, connection: Connection) -> Iterator[Complaint]:
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


def _vector_file_complaints(folder: Path, log: RowLog) -> Iterator[Complaint]:
    for path in vector_files(folder):
        if is_of_earlier_layout(path):
            continue
        try:
            footer = check_body(path)
            read_vectors(path, dimension=log.dimension)
        except LibraryDamaged as error:
            yield Complaint(ComplaintCode.VECTORS_DAMAGED, error.message, True, path)
            continue
        state, held = log.held()
        if footer.state == state and footer.rows.pairs() != held.pairs():
            message = f"{path} does not hold the rows of generation {state.generation}"
            yield Complaint(ComplaintCode.VECTORS_DAMAGED, message, True, path)


def _keyword_complaints(folder: Path, log: RowLog) -> Iterator[Complaint]:
    if not (folder / KEYWORDS_NAME).is_dir():
        return
    try:
        with ProcessLock(folder / KEYWORDS_LOCK_NAME).held():
            if not is_of_this_schema(folder / KEYWORDS_NAME):
                return
            check_footers(folder / KEYWORDS_NAME)
            index = KeywordIndex(folder / KEYWORDS_NAME)
            rows = index.rows()
    except LibraryDamaged as error:
        yield Complaint(ComplaintCode.KEYWORDS_DAMAGED, error.message, True)
        return
    if index.state == log.state() and rows.tolist() != log.all_rows().tolist():
        message = f"{folder / KEYWORDS_NAME} does not hold the rows of generation {log.state().generation}"
        yield Complaint(ComplaintCode.KEYWORDS_DAMAGED, message, True)


def _database_damaged(reason: str) -> Complaint:
    return Complaint(
        ComplaintCode.DATABASE_DAMAGED, f"{reason}; take {DATABASE_NAME} from a backup or ingest the papers anew", False
    )
