"""Vectors and word pieces of texts encoded lately, by a hash of the text, so that nothing is encoded twice.

An ingest that was killed goes on where it stopped, a paper read anew costs only what changed in it. The file is
derived: what cannot be read is dropped and made again. The one place beside `indexes.storage.database` that speaks to
SQLite.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from indexes.late_interaction.projection import TokenProjection

LOGGER = logging.getLogger(__name__)

MAX_TEXTS = 8_000
"""Texts kept, the latest: some 45 MB with word pieces. A book has 2,000."""

_TABLE = "CREATE TABLE IF NOT EXISTS encoded (number INTEGER PRIMARY KEY, key BLOB UNIQUE, vector BLOB, pieces BLOB)"
_BUSY_TIMEOUT_S = 5.0

Entry = tuple[bytes, bytes | None]
"""A vector's bytes and those of its word pieces, None where the text has none."""


def key_of(text: str, *, encoder_sha256: str, projection: TokenProjection | None) -> bytes:
    """Return what a text is found by: a hash over the encoder, the projection and the text."""
    mark = "" if projection is None else str(projection.mark)
    return hashlib.sha256(f"{encoder_sha256}\0{mark}\0{text}".encode("utf-8", "surrogatepass")).digest()


class EncodingCache:
    """A file of encoded texts. Safe to call from several threads and processes; never raises for the file's sake."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Entry]:
        """Return what is kept of the texts with these keys."""
        found: dict[bytes, Entry] = {}
        if not keys or not self._path.is_file():
            return found
        marks = ",".join("?" * len(keys))
        try:
            with self._lock, closing(self._opened()) as connection:
                rows = connection.execute(f"SELECT key, vector, pieces FROM encoded WHERE key IN ({marks})", list(keys))
                found = {bytes(key): (vector, pieces) for key, vector, pieces in rows}
        except sqlite3.Error as error:
            self._drop(error)
        return found

    def keep(self, entries: Mapping[bytes, Entry]) -> None:
        """Keep these, and drop the oldest beyond `MAX_TEXTS`."""
        rows: Iterable[tuple[bytes, bytes, bytes | None]] = ((key, *entry) for key, entry in entries.items())
        try:
            with self._lock, closing(self._opened()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO encoded (key, vector, pieces) VALUES (?, ?, ?)", rows)
                connection.execute(
                    "DELETE FROM encoded WHERE number <= (SELECT max(number) - ? FROM encoded)", [MAX_TEXTS]
                )
        except sqlite3.Error as error:
            self._drop(error)

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S)
        connection.execute(_TABLE)
        return connection

    def _drop(self, error: sqlite3.Error) -> None:
        """Remove a file that is no database; leave one that is only busy or has no room."""
        LOGGER.warning("encoded texts are not kept reason=%s", error)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            self._path.unlink(missing_ok=True)
