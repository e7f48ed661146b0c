"""The two indexes derived from a library's rows: opened, caught up, rebuilt when damaged, saved.

Each carries the state that it reflects. Catching up reads the log of changes; what the log does not reach, or what
does not read, is made anew from the rows. Nothing here can lose anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from indexes.errors import Busy, LibraryDamaged, LibraryError
from indexes.keywords import KeywordIndex, is_of_this_schema, remove_index
from indexes.locks import ProcessLock
from indexes.row_log import Pending, RowLog
from indexes.store import State
from indexes.vector_files import read_vectors, vector_files, write_vectors
from indexes.vectors import VectorIndex

LOGGER = logging.getLogger(__name__)

KEYWORDS_NAME = "keywords"
KEYWORDS_LOCK_NAME = "keywords.lock"

CATCHING_UP_TIMEOUT_S = 5.0
"""How long a search waits for another process that is catching up the keywords, before it searches what is there."""

OPENING_TIMEOUT_S = 600.0
"""How long a process without an open index waits; another may be building one over a large library."""


class DerivedVectors:
    """The vector index of one library, in memory; kept in a file between runs."""

    def __init__(self, folder: Path, log: RowLog) -> None:
        self._folder = folder
        self._log = log
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._state: State | None = None
        self._saved_state: State | None = None

    @contextmanager
    def current(self) -> Iterator[VectorIndex]:
        """Give the index as the library is now; it does not change until the block ends."""
        with self._lock:
            if self._index is None or self._state is None:
                self._load()
            pending = None if self._state is None else self._log.pending_since(self._state)
            if self._index is None or pending is None:
                self._index, pending = VectorIndex(self._log.dimension), self._log.everything()
            index, self._index, self._state = self._index, None, None
            self._apply(index, pending)
            self._index, self._state = index, pending.state
            yield index

    def save(self) -> None:
        """Write the index as it is, if it is in memory and not yet on disk."""
        with self._lock:
            if self._index is not None and self._state is not None and self._state != self._saved_state:
                write_vectors(self._folder, self._index, self._state)
                self._saved_state = self._state

    def _load(self) -> None:
        for path in vector_files(self._folder):
            try:
                self._index, self._state = read_vectors(path, dimension=self._log.dimension)
            except LibraryDamaged as error:
                LOGGER.warning("rebuilding vectors reason=%s", error)
                continue
            self._saved_state = self._state
            return

    def _apply(self, index: VectorIndex, pending: Pending) -> None:
        for span in pending.removed:
            index.remove(span.first, span.last)
        for span in pending.added:
            for rows, vectors in self._log.vectors(span):
                index.add(rows, vectors)


class DerivedKeywords:
    """The keyword index of one library, on disk; shared by every process that has the library open.

    Where the disk has no room for it or refuses it, it is held in memory and made anew whenever the library changes.
    """

    def __init__(self, folder: Path, log: RowLog) -> None:
        self._folder = folder / KEYWORDS_NAME
        self._log = log
        self._lock = threading.Lock()
        self._file_lock = ProcessLock(folder / KEYWORDS_LOCK_NAME)
        self._index: KeywordIndex | None = None

    def current(self) -> KeywordIndex:
        """Return the index as the library is now, or as it was when another process is catching it up for long.

        Raises:
            Busy: another process has been building the first index for too long.
        """
        with self._lock:
            if self._index is not None and self._index.state == self._log.state():
                return self._index
            timeout_s = OPENING_TIMEOUT_S if self._index is None else CATCHING_UP_TIMEOUT_S
            try:
                with self._file_lock.held(timeout_s=timeout_s):
                    self._index = self._caught_up()
            except Busy:
                if self._index is None:
                    raise
                LOGGER.warning("searching keywords as they are: another process is catching them up")
            return self._index

    def _caught_up(self) -> KeywordIndex:
        """Return the index on disk; made anew where that does not read; in memory where it cannot be made either."""
        for opened in (self._open, self._create):
            try:
                return self._applied(opened())
            except LibraryError as error:
                LOGGER.warning("keywords on disk cannot be used reason=%s", error)
                self._index = None
        try:
            remove_index(self._folder)  # half written it would take the last of the room
        except LibraryError as error:
            LOGGER.warning("keywords on disk cannot be removed reason=%s", error)
        LOGGER.warning("keywords are held in memory until the disk takes them library=%s", self._folder.parent.parent)
        return self._applied(KeywordIndex(None))

    def _applied(self, index: KeywordIndex) -> KeywordIndex:
        started = perf_counter()
        pending = None if index.state is None else self._log.pending_since(index.state)
        is_anew = pending is None
        pending = pending or self._log.everything()
        if index.state != pending.state:
            texts = (text for span in pending.added for batch in self._log.texts(span) for text in batch)
            index.apply(removed=pending.removed, added=texts, state=pending.state, anew=is_anew)
            LOGGER.info(
                "caught up keywords generation=%d anew=%s elapsed_ms=%d",
                pending.state.generation,
                is_anew,
                (perf_counter() - started) * 1000,
            )
        return index

    def _open(self) -> KeywordIndex:
        if self._index is not None and self._index.folder is not None:
            self._index.reload()
            return self._index
        if self._folder.is_dir() and is_of_this_schema(self._folder):
            return KeywordIndex(self._folder)
        return self._create()

    def _create(self) -> KeywordIndex:
        remove_index(self._folder)
        return KeywordIndex(self._folder, create=True)
