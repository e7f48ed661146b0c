"""One SQLite file: opened, brought to the present schema, read and written in transactions.

The one place that knows SQLite's errors; nothing of `sqlite3` or SQLAlchemy's errors leaves it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from indexes.errors import Busy, LibraryDamaged, LibraryError, LibraryFull, LibraryTooNew, RonbunError

LOGGER = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision that this version knows, oldest first; a test compares it with the folder."""

MAPPED_BYTES = 2**36
"""Of the database's file mapped for reading; SQLite bounds it by 2 GB unless it was built otherwise."""

_NO_ROOM = frozenset((sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_SHMSIZE))
"""What SQLite says, beside `SQLITE_FULL`, where the disk has no room; the last for the log's index, which readers make
too."""

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another; an ingest holds the lock for one paper at a time (some tens of ms)."""


class Database:
    """An open SQLite file. Safe to call from several threads and several processes."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = path
        self._engine = _open_engine(path, busy_timeout_ms)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the library for as long as it is held."""
        with _own_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    def rows(self, statement: str, *parameters: str | int | float | bytes | None) -> list[Any]:
        """Return the rows of one statement in SQL, as tuples; each such statement sees one state of the library.

        What every search reads goes this way: SQLAlchemy's connection, transaction and rows take .3 ms a statement
        where SQLite takes .05 to find one row (one thread, 2026-11).
        """
        with _own_errors(self.path):
            connection = self._engine.raw_connection()
            try:
                found: list[Any] = connection.cursor().execute(statement, parameters).fetchall()
                return found
            finally:
                connection.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that writes: all of it or, when anything is raised, nothing. One writer at a time.

        Raises:
            Busy: another process writes for longer than the timeout.
            LibraryFull: the disk takes no more.
            LibraryDamaged: the file is not what it must be.
        """
        with _own_errors(self.path), self._engine.connect() as connection:
            connection = connection.execution_options(is_writing=True)
            with connection.begin():
                yield connection

    def upgrade(self) -> None:
        """Bring the schema to the last revision, in one transaction.

        Raises:
            LibraryTooNew: a later version of Ronbun wrote the file.
        """
        if self.check_revision():
            return
        import alembic.command  # 0.2 s, and needed once in a library's life
        import alembic.config

        with self.write() as connection:
            configuration = alembic.config.Config(attributes={"connection": connection})
            configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            alembic.command.upgrade(configuration, REVISIONS[-1])
        LOGGER.info("upgraded library path=%s revision=%s", self.path, REVISIONS[-1])

    def is_empty(self) -> bool:
        """Return whether the file holds no table at all."""
        with self.read() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0

    def integrity_complaints(self) -> list[str]:
        """Return what SQLite finds wrong in the file's pages, indexes and references; empty when all is well."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        complaints = [line for line in found if line != "ok"]
        return complaints + [f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}" for row in dangling]

    def close(self) -> None:
        """Close every connection; the last process to close folds the write-ahead log into the file."""
        self._engine.dispose()

    def check_revision(self) -> bool:
        """Return whether the schema is of the last revision; False for an earlier one and for an empty file.

        Raises:
            LibraryTooNew: a later version of Ronbun wrote the file.
            LibraryDamaged: the file is something else.
        """
        with self.read() as connection:
            names = {
                row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            if not names:
                return False
            found = None
            if "alembic_version" in names:
                found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is None:
            raise LibraryDamaged(
                f"library {self.path}: the file holds tables but no revision; it is not a library of Ronbun's",
                hint="Give another folder, or take the file from a backup.",
            )
        if found not in REVISIONS:
            raise LibraryTooNew(
                f"library {self.path}: its revision is {found}, the last that this version knows is {REVISIONS[-1]}",
                hint="Open it with the version of Ronbun that wrote it, or a later one.",
            )
        return bool(found == REVISIONS[-1])


def _open_engine(path: Path, busy_timeout_ms: int) -> Engine:
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=-1,
        connect_args={"check_same_thread": False, "timeout": busy_timeout_ms / 1000, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: an upload that was accepted survives a power cut; a commit a paper costs one fsync beside its parsing.
        connection.execute("PRAGMA synchronous = FULL")
        # Pages are read where the system holds them, not copied one by one: 400 passages' ids in 0.8 ms against 1.9.
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


@contextmanager
def _own_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _own_error(path, error.orig) from error
    except sqlite3.Error as error:
        raise _own_error(path, error) from error
    except SQLAlchemyError as error:
        raise LibraryError(f"library {path}: {error}", hint="Run `ronbun doctor`.") from error


def _own_error(path: Path, error: BaseException | None) -> RonbunError:
    """Return our error for one of SQLite's, by its (extended) result code."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL or code in _NO_ROOM:
        return LibraryFull(
            f"library {path}: the disk takes no more ({error}); nothing of this write is there",
            hint="Free space on that disk, or move the library; everything written before is intact.",
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"library {path}: another process is writing to it", hint="Try again when it has finished.")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return LibraryError(
            f"library {path}: cannot be opened for writing ({error})",
            hint="Check the owner and the permissions of the folder and its files.",
        )
    if primary == sqlite3.SQLITE_IOERR:
        return LibraryError(f"library {path}: the disk failed ({error})", hint="Check the disk, then try again.")
    return LibraryDamaged(
        f"library {path}: does not hold what it must ({error})",
        hint="Run `ronbun doctor`; if the database itself is damaged, take it from a backup or ingest the papers anew.",
    )
