"""A library on disk to what is wrong with it, and what can be mended to what is well again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from indexes.derived import KEYWORDS_LOCK_NAME, KEYWORDS_NAME
from indexes.doctor.complaints import Complaint, ComplaintCode
from indexes.doctor.derived import keyword_complaints, vector_file_complaints
from indexes.doctor.papers import file_complaints, incomplete_papers
from indexes.doctor.word_pieces import damaged_tokens, outdated_tokens, remove_damaged
from indexes.encoding.encoder import Encoder
from indexes.errors import LibraryDamaged, LibraryMissing, LibraryTooNew
from indexes.keywords.files import remove_index
from indexes.late_interaction.projection import projection_for
from indexes.library import DATABASE_NAME, DERIVED_NAME, FILES_NAME, remove_leftovers
from indexes.storage.database import Database
from indexes.storage.files import leftovers
from indexes.storage.locks import ProcessLock
from indexes.storage.row_log import RowLog
from indexes.storage.tables import LIBRARY_INFO


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
            _remove_damaged_tokens(path)
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
        yield from incomplete_papers(connection, bound.dimension)
        yield from file_complaints(path / FILES_NAME, connection)
        yield from damaged_tokens(connection)
        if encoder is not None:
            yield from outdated_tokens(connection, projection_for(encoder))
    log = RowLog(database, dimension=bound.dimension)
    yield from vector_file_complaints(path / DERIVED_NAME, log)
    yield from keyword_complaints(path / DERIVED_NAME, log)
    for folder in (path / FILES_NAME, path / DERIVED_NAME):
        for leftover in leftovers(folder):
            yield Complaint(ComplaintCode.LEFTOVER, f"{leftover} was left half written", True, leftover)


def _remove_damaged_tokens(path: Path) -> None:
    database = Database(path / DATABASE_NAME)
    try:
        with database.write() as connection:
            remove_damaged(connection)
    finally:
        database.close()


def _database_damaged(reason: str) -> Complaint:
    return Complaint(
        ComplaintCode.DATABASE_DAMAGED, f"{reason}; take {DATABASE_NAME} from a backup or ingest the papers anew", False
    )
