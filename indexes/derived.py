"""The two indexes derived from a library's rows: opened, caught up, rebuilt when damaged, saved.

Each carries the state that it reflects. Catching up reads the log of changes; what the log does not reach, or what
does not read, is made anew from the rows. Nothing here can lose anything.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
from pathlib import Path
from time import perf_counter

from filelock import FileLock, Timeout

from indexes.errors import LibraryDamaged
from indexes.files import TEMPORARY_PREFIX
from indexes.keywords import KeywordIndex, remove_index
from indexes.row_log import Pending, RowLog
from indexes.store import State
from indexes.vectors import VectorIndex

LOGGER = logging.getLogger(__name__)

KEYWORD_LOCK_TIMEOUT_S = 5.0
"""How long a search waits for another process that is catching up the keyword index before it searches what is there."""


class DerivedVectors:
    """The vector index of one library, in memory; kept in `vectors-<generation>.faiss` between runs."""

    def __init__(self, folder: Path, log: RowLog) -> None:
        self._folder = folder
        self._log = log
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._state: State | None = None
        self._saved_state: State | None = None

    def current(self) -> VectorIndex:
        """Return the index, reflecting the library as it is now. Hold `lock` while using it."""
        if self._index is None or self._state is None:
            self._load()
        pending = None if self._state is None else self._log.pending_since(self._state)
        if self._index is None or pending is None:
            self._index = VectorIndex(self._log.dimension)
            pending = self._log.everything()
        self._apply(self._index, pending)
        return self._index

    @property
    def lock(self) -> threading.Lock:
        """Guards the index: FAISS must not be searched while rows come and go."""
        return self._lock

    def save(self) -> None:
        """Write the index, as it is, beside the older ones and remove those."""
        if self._index is None or self._state is None or self._state == self._saved_state:
            return
        write_vectors(self._folder, self._index, self._state)
        self._saved_state = self._state

    def is_loaded(self) -> bool:
        """Return whether the index is in memory."""
        return self._index is not None

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
            index.add(*self._log.vectors(span))
        self._state = pending.state


class DerivedKeywords:
    """The keyword index of one library, in `keywords/`; shared by every process that has the library open."""

    def __init__(self, folder: Path, log: RowLog) -> None:
        self._folder = folder / "keywords"
        self._log = log
        self._lock = threading.Lock()
        self._file_lock = FileLock(folder / "keywords.lock", thread_local=False)
        self._index: KeywordIndex | None = None

    def current(self) -> KeywordIndex:
        """Return the index, reflecting the library as it is now.

        While another process catches it up for longer than `KEYWORD_LOCK_TIMEOUT_S`, as it is.
        """
        with self._lock:
            index = self._open()
            if index is not None and index.state() == self._log.state():
                return index
            try:
                with self._file_lock.acquire(timeout=KEYWORD_LOCK_TIMEOUT_S if index is not None else -1):
                    return self._caught_up()
            except Timeout:
                LOGGER.warning("searching keywords as they are: another process is catching them up")
                if index is None:
                    raise
                return index

    def rebuild(self) -> None:
        """Make the index anew."""
        with self._lock, self._file_lock:
            self._index = None
            remove_index(self._folder)
            self._caught_up()

    def _open(self) -> KeywordIndex | None:
        try:
            if self._index is None:
                self._index = KeywordIndex(self._folder)
            else:
                self._index.reload()
        except LibraryDamaged as error:
            LOGGER.warning("rebuilding keywords reason=%s", error)
            self._index = None
        return self._index

    def _caught_up(self) -> KeywordIndex:
        index = self._open()
        if index is None:
            remove_index(self._folder)
            index = self._index = KeywordIndex(self._folder)
        started, state = perf_counter(), index.state()
        pending = None if state is None else self._log.pending_since(state)
        anew = pending is None
        pending = pending or self._log.everything()
        if anew or state != pending.state:
            texts = [text for span in pending.added for text in self._log.texts(span)]
            index.apply(removed=pending.removed, added=texts, state=pending.state, anew=anew)
            LOGGER.info("indexed keywords passages=%d elapsed_ms=%d", len(texts), (perf_counter() - started) * 1000)
        return index


def vector_files(folder: Path) -> list[Path]:
    """Return the vector files in `folder`, the latest generation first."""
    return sorted(folder.glob("vectors-*.faiss"), key=_generation_in_name, reverse=True)


def write_vectors(folder: Path, index: VectorIndex, state: State) -> None:
    """Write `index` to `vectors-<generation>.faiss`, whole or not at all, and remove the files of other generations."""
    folder.mkdir(parents=True, exist_ok=True)
    content = index.to_bytes()
    header = {"generation": state.generation, "token": state.token, "sha256": hashlib.sha256(content).hexdigest()}
    place = folder / f"vectors-{state.generation}.faiss"
    handle, aside = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=folder)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(json.dumps(header).encode() + b"\n")
            target.write(content)
        Path(aside).replace(place)
    finally:
        Path(aside).unlink(missing_ok=True)
    for other in vector_files(folder):
        if other != place:
            other.unlink(missing_ok=True)


def read_vectors(path: Path, *, dimension: int) -> tuple[VectorIndex, State]:
    """Read a vector file.

    Raises:
        LibraryDamaged: the file is cut, changed, or of another dimension.
    """
    try:
        line, _, content = path.read_bytes().partition(b"\n")
        header = json.loads(line)
        state, expected = State(int(header["generation"]), str(header["token"])), str(header["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"its header cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise _damaged(path, "it does not agree with its checksum")
    return VectorIndex.from_bytes(content, dimension=dimension, path=path), state


def _generation_in_name(path: Path) -> int:
    digits = path.stem.removeprefix("vectors-")
    return int(digits) if digits.isdigit() else -1


def _damaged(path: Path, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"vector index {path}: {reason}", hint="It is rebuilt from the library at the next search.")
