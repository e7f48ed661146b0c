"""The two indexes derived from a library's rows: opened, caught up, rebuilt when damaged, saved.

Each carries the state that it reflects. Catching up reads the log of changes; what the log does not reach, or what
does not read, is made anew from the rows. Nothing here can lose anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from indexes.errors import Busy, LibraryDamaged, LibraryError, RonbunError
from indexes.keywords.files import remove_index
from indexes.keywords.index import KeywordIndex
from indexes.keywords.schema import is_of_this_schema
from indexes.storage.locks import ProcessLock
from indexes.storage.paper_writing import State
from indexes.storage.row_log import Pending, RowLog, joined
from indexes.vectors.files import read_vectors, vector_files, write_vectors
from indexes.vectors.flat import FlatVectors
from indexes.vectors.growth import Growth, built, growth_needed, merged
from indexes.vectors.index import VectorIndex

LOGGER = logging.getLogger(__name__)

KEYWORDS_NAME = "keywords"
KEYWORDS_LOCK_NAME = "keywords.lock"

CATCHING_UP_TIMEOUT_S = 5.0
"""How long one search waits for another process that is catching up the keywords, before it searches what is there;
those that come meanwhile wait as for a thread."""

CHANGING_TIMEOUT_S = 0.5
"""How long a search waits for another thread that is catching up an index, before it searches what is there."""

MAX_GENERATIONS_BEHIND = 10_000
"""Lists on disk may be so many writes behind the library: half of what its log reaches back (`KEPT_CHANGES`)."""

OPENING_TIMEOUT_S = 600.0
"""How long a process without an open index waits; another may be building one over a large library."""


@dataclass(frozen=True, slots=True)
class _Reflected:
    """An index of vectors and the state that it reflects; `made` is the one that its lists do, by themselves."""

    index: VectorIndex
    state: State
    made: State


class DerivedVectors:
    """The vector index of one library; kept in a file between runs. Searches share it and wait for no other."""

    def __init__(self, folder: Path, log: RowLog) -> None:
        self._folder = folder
        self._log = log
        self._changing = threading.Lock()
        self._saving = threading.Lock()
        self._reflected: _Reflected | None = None
        self._saved: State | None = None

    @contextmanager
    def current(self) -> Iterator[VectorIndex]:
        """Give the index as the library is now, or as it was when another thread is catching it up for long.

        What is given never changes. Where the index has outgrown its kind, a thread of its own makes the other.
        """
        reflected = self._caught_up()
        if growth_needed(reflected.index) is not Growth.NOTHING and not self._saving.locked():
            threading.Thread(target=self._save_quietly, name="vector-growth", daemon=True).start()
        yield reflected.index

    def save(self) -> None:
        """Bring the index to the kind that suits its size, and write it, if it is in memory and not yet on disk.

        Lists on disk are written again only once they have outgrown what was written: what came since is caught up
        from the library's log.
        """
        with self._saving:
            reflected = self._reflected
            if reflected is None:
                return
            needed = growth_needed(reflected.index)
            is_far_behind = reflected.state.generation - reflected.made.generation > MAX_GENERATIONS_BEHIND
            if needed is Growth.REBUILDING:
                self._replace(*self._built())
            elif needed is Growth.MERGING or is_far_behind:
                self._replace(merged(reflected.index), reflected.state)
            self._write()

    def _save_quietly(self) -> None:
        try:
            self.save()
        except (RonbunError, OSError) as error:
            LOGGER.warning("vectors stay as they are reason=%s", error)

    def _caught_up(self) -> _Reflected:
        reflected = self._reflected
        if reflected is not None and reflected.state == self._log.state():
            return reflected
        if not self._changing.acquire(timeout=OPENING_TIMEOUT_S if reflected is None else CHANGING_TIMEOUT_S):
            if reflected is None:
                raise Busy("the vector index is being made for too long", hint="Try again when that has finished.")
            return reflected
        try:
            reflected = self._reflected or self._opened()
            pending = None if reflected is None else self._log.pending_since(reflected.state)
            if reflected is None or pending is None:
                index, state = self._built()
                reflected = _Reflected(index, state, state)
            else:
                reflected = self._applied(reflected, pending)
            self._reflected = reflected
            return reflected
        finally:
            self._changing.release()

    def _replace(self, index: VectorIndex, state: State) -> None:
        """Put an index made meanwhile in the place of the present one, with what has happened since its state."""
        with self._changing:
            pending = self._log.pending_since(state)
            made = _Reflected(index, state, state)
            self._reflected = None if pending is None else self._applied(made, pending)

    def _write(self) -> None:
        reflected = self._reflected
        if reflected is None:
            return
        lists = reflected.index.lists
        kept, state = (reflected.index.flat, reflected.state) if lists is None else (lists, reflected.made)
        if state != self._saved:
            write_vectors(self._folder, kept, state)
            self._saved = state

    def _opened(self) -> _Reflected | None:
        for path in vector_files(self._folder):
            try:
                vectors, state = read_vectors(path, dimension=self._log.dimension)
            except LibraryDamaged as error:
                LOGGER.warning("rebuilding vectors reason=%s", error)
                continue
            self._saved = state
            exact = self._log.vectors_of
            if isinstance(vectors, FlatVectors):
                return _Reflected(VectorIndex.of_flat(vectors, exact=exact), state, state)
            return _Reflected(VectorIndex.of_lists(vectors, exact=exact), state, state)
        return None

    def _built(self) -> tuple[VectorIndex, State]:
        state, rows = self._log.held()
        return built(self._log, rows), state

    def _applied(self, reflected: _Reflected, pending: Pending) -> _Reflected:
        index = reflected.index
        if pending.removed:
            index = index.without((span.first, span.last) for span in pending.removed)
        for span in joined(pending.added):
            for rows, vectors in self._log.vectors(span):
                index = index.with_rows(rows, vectors)
        return _Reflected(index, pending.state, reflected.made)


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
        """Return the index as the library is now, or as it was when others are catching it up for long.

        Raises:
            Busy: others have been building the first index for too long.
        """
        index = self._index
        if index is not None and index.state == self._log.state():
            return index
        if not self._lock.acquire(timeout=OPENING_TIMEOUT_S if index is None else CHANGING_TIMEOUT_S):
            if index is None:
                raise Busy("the keyword index is being made for too long", hint="Try again when that has finished.")
            return index
        try:
            return self._current()
        finally:
            self._lock.release()

    def _current(self) -> KeywordIndex:
        if self._index is None or self._index.state != self._log.state():
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
