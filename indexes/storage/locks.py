"""Locks between processes, with our errors where the lock's own file cannot be written. The one home of filelock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from indexes.errors import Busy
from indexes.storage.files import refused

FOREVER_S = -1.0


class ProcessLock:
    """A lock that one thread of one process holds at a time; it ends with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path, thread_local=False)

    @contextmanager
    def held(self, *, timeout_s: float = FOREVER_S) -> Iterator[None]:
        """Hold the lock until the block ends.

        Raises:
            Busy: another holds it for longer than `timeout_s`.
            LibraryError, LibraryFull: the lock's file may not be written, or there is no room for it.
        """
        try:
            self._lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise Busy(
                f"library file {self.path}: another process has held it for {timeout_s:.0f} s",
                hint="Try again when it has finished.",
            ) from error
        except OSError as error:
            raise refused(self.path, code=error.errno, reason=error.strerror) from error
        try:
            yield
        finally:
            self._lock.release()
