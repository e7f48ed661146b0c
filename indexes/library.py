"""A library: a folder with a database, originals and derived indexes, bound to the encoder that made its vectors."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import insert, select

from indexes.beside import Helpers
from indexes.derived import DerivedKeywords, DerivedVectors
from indexes.encoding.encoder import Encoder
from indexes.encoding_cache import EncodingCache
from indexes.errors import EncoderMismatch, LibraryDamaged, LibraryError, LibraryMissing, RonbunError
from indexes.held_scopes import HeldScopes
from indexes.rerank.cross_encoder import CrossEncoder
from indexes.storage.conversations import ConversationStore
from indexes.storage.database import Database
from indexes.storage.files import Files, leftovers, refused
from indexes.storage.jobs import JobStore
from indexes.storage.locks import ProcessLock
from indexes.storage.papers import Papers
from indexes.storage.row_log import RowLog
from indexes.storage.sheets import SheetStore
from indexes.storage.store import Store
from indexes.storage.tables import LIBRARY_INFO

LOGGER = logging.getLogger(__name__)

DATABASE_NAME = "library.sqlite3"
FILES_NAME = "files"
DERIVED_NAME = "derived"
ENCODINGS_NAME = "encodings.sqlite3"
OPENING_LOCK_NAME = "library.lock"
OPENING_TIMEOUT_S = 30.0


class Library:
    """An open library. Safe to call from several threads; several processes may have it open."""

    def __init__(self, path: Path, database: Database, encoder: Encoder, cross_encoder: CrossEncoder | None) -> None:
        """Use `open_library`."""
        self.path = path
        self.encoder = encoder
        self.cross_encoder = cross_encoder
        files = Files(path / FILES_NAME)
        self.papers = Papers(database, files)
        self.store = Store(database, files, dimension=encoder.dimension)
        self.sheets = SheetStore(database)
        self.jobs = JobStore(database)
        self.conversations = ConversationStore(database)
        self.log = RowLog(database, dimension=encoder.dimension)
        self.scopes = HeldScopes(self.log)
        self.vectors = DerivedVectors(path / DERIVED_NAME, self.log)
        self.keywords = DerivedKeywords(path / DERIVED_NAME, self.log)
        self.helpers = Helpers()
        self.encodings = EncodingCache(path / DERIVED_NAME / ENCODINGS_NAME)
        self._database = database
        self._opened_generation = self.generation()

    def generation(self) -> int:
        """Return how many writes the library has seen."""
        return self.log.state().generation

    def catch_up(self) -> None:
        """Bring both derived indexes to the present state and keep them on disk, so that the next search is quick."""
        self.keywords.current()
        with self.vectors.current():
            pass
        self.vectors.save()

    def close(self) -> None:
        """Catch up the derived indexes if the library changed meanwhile, and close it.

        What fails there is logged and no more: the indexes are caught up or rebuilt at the next search.
        """
        try:
            if self.generation() != self._opened_generation:
                self.catch_up()
            self.vectors.save()
        except (RonbunError, OSError) as error:
            LOGGER.warning("derived indexes are behind library=%s reason=%s", self.path, error)
        finally:
            self.helpers.close()
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_library(path: Path, *, encoder: Encoder, create: bool, cross_encoder: CrossEncoder | None = None) -> Library:
    """Open the library in the folder `path`; with `create`, make an empty one where there is none.

    Args:
        path: its folder.
        encoder: what its vectors come from, or will.
        create: make it where it is not.
        cross_encoder: orders the best candidates of a search in place of the learned model.

    Raises:
        LibraryMissing: there is none, and `create` is not set.
        LibraryDamaged, LibraryTooNew: its database cannot be used.
        LibraryFull: the disk has no room for a new one.
        LibraryError: its folder or a file in it may not be read or written.
        EncoderMismatch: its vectors come from another encoder.
        Busy: another process is making or upgrading it for too long.
    """
    file = path / DATABASE_NAME
    if not create and not file.is_file():
        raise LibraryMissing(
            f"library {path}: there is no {DATABASE_NAME}",
            hint="Check `--library` (or RONBUN_LIBRARY), or make one with `ronbun ingest`.",
        )
    _make_folders(path)
    database = Database(file)
    try:
        with ProcessLock(path / OPENING_LOCK_NAME).held(timeout_s=OPENING_TIMEOUT_S):
            if not create or _has_remains(path):
                _refuse_empty(file, database)
            database.upgrade()
            _bind_encoder(path, database, encoder)
            remove_leftovers(path)
    except BaseException:
        database.close()
        raise
    return Library(path, database, encoder, cross_encoder)


def _has_remains(path: Path) -> bool:
    """Return whether originals or indexes lie there, so that there was a library."""
    try:
        kept = [entry for entry in (path / FILES_NAME).iterdir() if not entry.name.startswith(".")]
        derived = [entry for entry in (path / DERIVED_NAME).iterdir() if entry.suffix == ".faiss" or entry.is_dir()]
    except OSError as error:
        raise refused(path, code=error.errno, reason=error.strerror) from error
    return bool(kept or derived)


def _refuse_empty(file: Path, database: Database) -> None:
    """Raise where the database holds no table: one that was emptied must not pass for a new one."""
    if not database.is_empty():
        return
    raise LibraryDamaged(
        f"library {file}: the database is empty",
        hint="Take the file from a backup; or remove the whole folder and ingest the papers anew.",
    )


def remove_leftovers(path: Path) -> None:
    """Remove what killed processes left half written in the library at `path`."""
    try:
        for folder in (path / FILES_NAME, path / DERIVED_NAME):
            for leftover in leftovers(folder):
                leftover.unlink(missing_ok=True)
    except OSError as error:
        raise refused(path, code=error.errno, reason=error.strerror) from error


def _make_folders(path: Path) -> None:
    try:
        for folder in (path, path / FILES_NAME, path / DERIVED_NAME):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"library {path}: the folder cannot be made ({error.strerror})",
            hint="Give another folder with `--library`, or change its permissions.",
        ) from error


def _bind_encoder(path: Path, database: Database, encoder: Encoder) -> None:
    """Compare the encoder with the library's; write it down in a new library."""
    with database.read() as connection:
        bound = connection.execute(select(LIBRARY_INFO)).first()
    if bound is None:
        values = {
            "number": 1,
            "encoder_name": encoder.name,
            "encoder_sha256": encoder.sha256,
            "dimension": encoder.dimension,
            "generation": 0,
            "token": secrets.token_hex(8),
        }
        with database.write() as connection:
            connection.execute(insert(LIBRARY_INFO), values)
    elif (bound.encoder_sha256, bound.dimension) != (encoder.sha256, encoder.dimension):
        raise EncoderMismatch(
            f"library {path}: its vectors come from {bound.encoder_name} ({bound.encoder_sha256[:12]}, "
            f"{bound.dimension} dimensions); {encoder.name} ({encoder.sha256[:12]}, {encoder.dimension}) is open",
            hint=_hint_for(path, bound_name=bound.encoder_name, name=encoder.name),
        )


def _hint_for(path: Path, *, bound_name: str, name: str) -> str:
    """Return how to go on; an encoder of the same name is another version of it, which cannot be asked for by name."""
    files = path / FILES_NAME
    anew = f"make a new library with {name} from the files that this one keeps: `ronbun ingest {files} --library NEW`"
    if bound_name == name:
        return f"An earlier version of {name} made them: {anew}."
    return f"Open it with the encoder {bound_name} (RONBUN_ENCODER), or {anew}."
