"""Time as a caller sees it: what it is told while it waits, and when its patience or ours is over."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from app.generators.protocol import PROGRESS_S, DraftProgress, Stage
from app.generators.remote.trouble import Trouble
from indexes.errors import Busy, ModelFailed

POLL_S = PROGRESS_S / 2
"""Longest sleep of a working draft: half of what a caller is promised, so that lateness stays within it."""


class Progress:
    """Tells one caller where its draft stands, on each change and every `PROGRESS_S` seconds, and stops it in time.

    Every method may raise what the callback raises. The server's time begins with `begin`, the reader's at once.
    """

    def __init__(
        self,
        tell: Callable[[DraftProgress], None] | None,
        *,
        timeout_s: float,
        deadline_s: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tell = tell
        self._timeout_s = timeout_s
        self._deadline_s = deadline_s
        self._clock = clock
        self._sleep = sleep
        self._started = clock()
        self._begun: float | None = None
        self._told: DraftProgress | None = None
        self._told_at = self._started

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the draft was asked for."""
        return (self._clock() - self._started) * 1000

    @property
    def left_s(self) -> float:
        """Seconds until the draft must be done; 0 or less when it is over time."""
        return min(self._server_ends_at, self._reader_ends_at) - self._clock()

    def begin(self) -> None:
        """Say that the server is asked from now on."""
        self._begun = self._clock()

    def at(self, stage: Stage, *, position: int | None = None, wait_s: float | None = None) -> None:
        """Say where the draft stands; told at once when stage or place changed."""
        progress = DraftProgress(stage, position, wait_s)
        is_news = self._told is None or (self._told.stage, self._told.position) != (stage, position)
        if is_news or self._clock() - self._told_at >= POLL_S:
            self._told, self._told_at = progress, self._clock()
            if self._tell is not None:
                self._tell(progress)

    def repeat(self) -> None:
        """Keep the caller told."""
        if self._told is not None:
            self.at(self._told.stage, position=self._told.position, wait_s=self._told.wait_s)

    def check(self) -> None:
        """Keep the caller told, and stop what takes too long.

        Raises:
            Busy: the reader's own deadline passed.
            Trouble: the server's time is over.
        """
        self.repeat()
        if self.left_s > 0:
            return
        if self._reader_ends_at <= self._server_ends_at:
            raise Busy(
                f"the answer was not there within the {self._deadline_s or 0:g} s that were given to it",
                hint="Give it more time, or ask when fewer questions wait.",
            )
        error = ModelFailed(
            f"the server took more than {self._timeout_s:g} s",
            hint="Raise RONBUN_REMOTE_TIMEOUT_S, or use a faster model.",
        )
        raise Trouble(error, is_outage=True)

    def pause(self, seconds: float) -> None:
        """Sleep, still telling the caller where the draft stands."""
        ends_at = self._clock() + seconds
        while (left := ends_at - self._clock()) > 0:
            self.check()
            self._sleep(min(left, POLL_S))

    @property
    def _server_ends_at(self) -> float:
        return math.inf if self._begun is None else self._begun + self._timeout_s

    @property
    def _reader_ends_at(self) -> float:
        return math.inf if self._deadline_s is None else self._started + self._deadline_s
