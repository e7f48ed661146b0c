"""A folder of contexts (the model's memory of a token sequence) that outlive the process, each under a checksum.

Knows nothing of llama.cpp: what it keeps are bytes that belong to tokens, a model and the parameters of a context. A
context is a cache: whatever is wrong with one is logged and counted, and reads as if it were not there; nothing here
raises for the disk. Other processes may add and remove files of the same folder. Safe to call from several threads.
"""

from __future__ import annotations

import logging
import math
import os
import stat
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.generators.llama.prefix_cache.context_file import (
    CHECK_BYTES,
    ContextKind,
    UnusableContextError,
    context_name,
    header_bytes,
    is_context_name,
    read_header,
    read_state,
    require_private,
    state_check,
)
from app.generators.llama.prefix_cache.context_index import ContextIndex, Saved
from app.generators.llama.prefix_cache.prefix_tree import Tokens
from indexes.storage.files import leftovers, whole_or_not

__all__ = ["LEFTOVER_S", "PAUSE_S", "Saved", "SavedContexts", "SavedCounts"]

logger = logging.getLogger(__name__)

PAUSE_S = 300.0
"""How long nothing is saved after the disk refused: a full disk is not asked again with every paper."""


LEFTOVER_S = 60.0
"""Age at which what a killed process left is cleared: another process locks its file a moment after it has made it."""


@dataclass(slots=True)
class SavedCounts:
    """What has happened since the folder was opened; metrics read it.

    `refused` are damaged or foreign files; `skipped` were too large to save, or came while saving paused; `failed` are
    refusals of the disk; `removed` made room or were damaged.
    """

    saved: int = 0
    loaded: int = 0
    refused: int = 0
    skipped: int = 0
    failed: int = 0
    removed: int = 0


class SavedContexts:
    """Contexts of one kind in a folder that is made, private to its owner, when the first is saved."""

    def __init__(self, folder: Path, *, kind: ContextKind, max_bytes: int) -> None:
        self.folder = folder
        self.counts = SavedCounts()
        self._kind = kind
        self._max_bytes = max_bytes
        self._saving = threading.Lock()
        self._index = ContextIndex(folder, kind=kind, refuse=self._refuse)
        self._paused_until = -math.inf

    def longest(self, tokens: Sequence[int] | Tokens) -> Saved | None:
        """Return the context that shares the longest beginning with `tokens`, or None where none shares any.

        Of equals it is the smallest. A restored context may be longer than what is shared: the rest is to be cut off.
        """
        return self._index.longest(tokens)

    def load(self, saved: Saved) -> bytes | None:
        """Return the context's bytes, checked, and note the use; None where it is gone or refused (then logged)."""
        started = time.perf_counter()
        try:
            state = read_state(saved.path, self._kind)
        except FileNotFoundError:
            return None
        except (UnusableContextError, OSError) as error:
            self._refuse(saved.path, error)
            self._index.look_again_at(saved.path)
            return None
        self._note_use(saved.path)
        self.counts.loaded += 1
        elapsed_ms = 1000 * (time.perf_counter() - started)
        logger.info("loaded context tokens=%d bytes=%d elapsed_ms=%.0f", saved.tokens, len(state), elapsed_ms)
        return state

    def refuse(self, saved: Saved) -> None:
        """Drop a context that llama.cpp does not take, so that a sound one can be saved in its place."""
        self._refuse(saved.path, UnusableContextError("llama.cpp does not restore it", is_ours=True))
        self._index.look_again_at(saved.path)

    def may_keep(self, state_bytes: int) -> bool:
        """Return whether a state of so many bytes would be kept now, as far as is known before the disk is asked."""
        return state_bytes <= self._max_bytes and time.monotonic() >= self._paused_until

    def save(self, tokens: Sequence[int] | Tokens, state: bytes) -> bool:
        """Keep a context; tell whether it is kept now. Those whose last use is longest ago make room.

        What is larger than the limit is not kept. A disk that refuses is logged, counted, and left alone for `PAUSE_S`.
        """
        held = np.asarray(tokens, np.int32)
        header = header_bytes(self._kind, held, state_bytes=len(state))
        size_bytes = len(header) + len(state) + CHECK_BYTES
        place = self.folder / context_name(self._kind, held)
        with self._saving:
            if size_bytes > self._max_bytes or time.monotonic() < self._paused_until:
                self.counts.skipped += 1
                return False
            if self._is_kept(place):
                self._note_use(place)
                return True
            try:
                self._write(place, header, state)
            except OSError as error:
                self._pause(error)
                return False
        self._index.look_again_at(place)
        self.counts.saved += 1
        logger.info("saved context tokens=%d bytes=%d", len(held), size_bytes)
        return True

    def _write(self, place: Path, header: bytes, state: bytes) -> None:
        self._make_folder()
        self._make_room(len(header) + len(state) + CHECK_BYTES)
        with whole_or_not(place) as stream:
            stream.write(header)
            stream.write(state)
            stream.write(state_check(header, state))

    def _refuse(self, path: Path, error: Exception) -> bool:
        """Log and count a file that cannot be used; remove it, and tell so, where it is ours and damaged."""
        is_ours = isinstance(error, UnusableContextError) and error.is_ours
        self.counts.refused += 1
        logger.warning("refused context %s: %s%s", path, error, "; removed" if is_ours else "")
        return is_ours and self._remove(path)

    def _is_kept(self, place: Path) -> bool:
        """Whether the very context is there and sound as far as its header says."""
        try:
            return read_header(place).kind == self._kind
        except (UnusableContextError, OSError):
            return False

    def _note_use(self, path: Path) -> None:
        try:
            os.utime(path, follow_symlinks=False)
        except OSError as error:  # it only grows old sooner
            logger.debug("could not touch context %s: %s", path, error)

    def _remove(self, path: Path) -> bool:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("could not remove context %s: %s", path, error)
            return False
        self.counts.removed += 1
        return True

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_private(self.folder)
        for path in leftovers(self.folder):
            with suppress(FileNotFoundError):
                if time.time() - path.lstat().st_mtime > LEFTOVER_S:
                    path.unlink()

    def _make_room(self, wanted: int) -> None:
        """Remove contexts used longest ago until `wanted` bytes more stay within the limit."""
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                status = path.lstat()
                if is_context_name(path.name) and stat.S_ISREG(status.st_mode):
                    found.append((status.st_mtime_ns, path.name, status.st_size))
        total = wanted + sum(size for _, _, size in found)
        for _, name, size in sorted(found):
            if total <= self._max_bytes:
                return
            self._remove(self.folder / name)
            total -= size

    def _pause(self, error: OSError) -> None:
        self.counts.failed += 1
        self._paused_until = time.monotonic() + PAUSE_S
        logger.warning("could not save a context in %s: %s; not tried again for %.0f s", self.folder, error, PAUSE_S)
