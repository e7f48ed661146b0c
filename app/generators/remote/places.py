"""How many requests are in flight at once, and whose turn it is where more are wanted. Knows nothing of HTTP."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from app.generators.protocol import DraftRequest, Stage
from app.generators.remote.progress import POLL_S, Progress
from app.generators.turns import Turn
from app.generators.waiting import WaitingLine

_NEWEST_PART = 0.3  # of a measured speed in the running mean: three drafts later a change shows


class Places:
    """Lets `count` drafts be with the server at once; the others stand in a fair line. Thread-safe."""

    def __init__(self, count: int, *, max_waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()
        self._line: WaitingLine[threading.Event] = WaitingLine(max_waiting=max_waiting)
        self._costs: dict[threading.Event, int] = {}
        self._since: dict[threading.Event, float] = {}
        self._tokens_per_s: float | None = None  # of one place, as measured

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    @property
    def running(self) -> int:
        """Drafts that are with the server."""
        with self._lock:
            return len(self._since)

    @property
    def waiting(self) -> int:
        """Drafts that stand in line."""
        with self._lock:
            return len(self._line)

    @contextlib.contextmanager
    def hold(self, request: DraftRequest, *, cost_tokens: int, progress: Progress) -> Iterator[None]:
        """Wait for a place and keep it.

        Raises:
            Busy: the line is full, or the request's deadline passed before its turn.
        """
        turned, is_written = threading.Event(), False
        self._join(turned, request, cost_tokens=cost_tokens)
        try:
            while not turned.is_set():
                position, wait_s = self._standing(turned)
                if position is not None:
                    progress.at(Stage.WAITING, position=position, wait_s=wait_s)
                progress.check()
                turned.wait(POLL_S)
            yield
            is_written = True
        finally:
            self._leave(turned, is_written=is_written)

    def _join(self, turned: threading.Event, request: DraftRequest, *, cost_tokens: int) -> None:
        with self._lock:
            turn = Turn(request.reader, request.priority, cost_tokens)
            self._line.put(turned, turn, tokens_per_s=self._tokens_per_s and self._tokens_per_s * self._count)
            self._costs[turned] = cost_tokens
            self._admit()

    def _leave(self, turned: threading.Event, *, is_written: bool) -> None:
        """Give the place back; only a draft that was written tells of speed, one refused or given up would flatter."""
        with self._lock:
            self._line.remove(turned)
            cost, since = self._costs.pop(turned), self._since.pop(turned, None)
            if is_written and since is not None and (elapsed_s := self._clock() - since) > 0:
                speed = cost / elapsed_s
                known = speed if self._tokens_per_s is None else self._tokens_per_s
                self._tokens_per_s = known + _NEWEST_PART * (speed - known)
            self._admit()

    def _admit(self) -> None:
        while len(self._since) < self._count and (turned := self._line.next()) is not None:
            self._line.take(turned)
            self._since[turned] = self._clock()
            turned.set()

    def _standing(self, turned: threading.Event) -> tuple[int | None, float | None]:
        """Return the place in line and the seconds to wait, each None where it is not known."""
        with self._lock:
            if turned in self._since:
                return None, None
            position, speed, now = self._line.position(turned), self._tokens_per_s, self._clock()
            if speed is None:
                return position, None
            left = [max(0, round(self._costs[one] - (now - since) * speed)) for one, since in self._since.items()]
            wait_s = self._line.estimate_s(
                turned, tokens_per_s=speed * self._count, running_tokens=left, seats=self._count
            )
            return position, wait_s
