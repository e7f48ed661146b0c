"""Turns at a server: one connection at a time, and a pause between two, over all threads and processes of a user.

A turn is a file lock in the cache folder, and beside it the time of the last turn; without a folder turns are kept
within one `Turns` object.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from indexes.errors import BadInput, Busy

LONGEST_QUEUE_S = 600.0
"""A source whose server others have kept busy for so long fails as busy."""


@dataclass(slots=True)
class Turn:
    """One turn; whoever has it may raise the pause that follows it, where the server asks for a longer one."""

    interval_s: float


@dataclass(slots=True, kw_only=True)
class Turns:
    """Keeps the turns at every server; clock and sleep are seams for tests."""

    folder: Path | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _last: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def taken(self, name: str, *, interval_s: float) -> Iterator[Turn]:
        """Wait for the turn at the server called `name`, and for the pause after the last one, then hold it.

        Raises:
            Busy: others had it for `LONGEST_QUEUE_S`.
        """
        with self._lock:
            mine = self._locks.setdefault(name, threading.Lock())
        if not mine.acquire(timeout=LONGEST_QUEUE_S):
            raise _busy(name)
        try:
            with self._among_processes(name):
                at, pause_s = self._last_turn(name)
                self.sleep_until_free(at, max(pause_s, interval_s))
                turn = Turn(interval_s)
                try:
                    yield turn
                finally:
                    self._remember(name, turn)
        finally:
            mine.release()

    def sleep_until_free(self, at: float, pause_s: float) -> None:
        """Wait for what is left of the pause after `at`; never longer than the pause, whatever the clock did."""
        left = min(pause_s, at + pause_s - self.clock())
        if left > 0:
            self.sleep(left)

    @contextmanager
    def _among_processes(self, name: str) -> Iterator[None]:
        if self.folder is None:
            yield
            return
        lock = FileLock(_file(self.folder, name, "lock"), timeout=LONGEST_QUEUE_S)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire()
        except Timeout as error:
            raise _busy(name) from error
        except OSError as error:
            raise BadInput(
                f"the cache folder {self.folder} cannot be used: {error.strerror}", hint="Set RONBUN_CACHE_DIR."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _last_turn(self, name: str) -> tuple[float, float]:
        """Return when the last turn ended and the pause after it; a file that says neither counts as none."""
        if self.folder is None:
            return self._last.get(name, (0.0, 0.0))
        try:
            at, pause_s = json.loads(_file(self.folder, name, "json").read_bytes()[:200])
            return float(at), min(float(pause_s), LONGEST_QUEUE_S)
        except (OSError, ValueError, TypeError):
            return 0.0, 0.0

    def _remember(self, name: str, turn: Turn) -> None:
        last = (self.clock(), turn.interval_s)
        if self.folder is None:
            self._last[name] = last
        else:
            _file(self.folder, name, "json").write_text(json.dumps(last))


def _file(folder: Path, name: str, suffix: str) -> Path:
    return folder / f"turn-{sha256(name.encode()).hexdigest()[:16]}.{suffix}"


def _busy(name: str) -> Busy:
    return Busy(f"{name} was kept busy by other sources for {LONGEST_QUEUE_S:g} s", hint="Ingest this one again.")
