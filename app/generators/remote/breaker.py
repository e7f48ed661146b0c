"""A circuit breaker: a server that failed several times in a row is left alone for a while, then tried once.

Knows nothing of HTTP: it counts verdicts. After Nygard, Release It! (2007), "Circuit Breaker".
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from indexes.errors import Busy

FAILURES_TO_OPEN = 5  # one draft makes up to three attempts: two drafts in a row that nobody answers
PAUSE_S = 15.0  # a server that is restarted with a model of a few GB answers again after about this long
LONGEST_PAUSE_S = 120.0


class BreakerState(StrEnum):
    """Closed lets every request through, open none, half-open one trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Admission:
    """Leave to ask once; `period` tells verdicts on an earlier state of things from those on the present one."""

    period: int
    is_trial: bool


class CircuitBreaker:
    """Opens after consecutive failures, and for twice as long each time that the trial fails. Thread-safe."""

    def __init__(
        self,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_to_open = failures_to_open
        self._first_pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._period = 0
        self._failures = 0
        self._pause_s = pause_s
        self._opened_at: float | None = None
        self._trial_runs = False

    @property
    def state(self) -> BreakerState:
        """How things stand now."""
        with self._lock:
            if self._opened_at is None:
                return BreakerState.CLOSED
            return BreakerState.OPEN if self._wait_s() > 0 else BreakerState.HALF_OPEN

    def admit(self, server: str) -> Admission:
        """Give leave to ask `server` once; every leave is answered by `succeeded`, `failed` or `withdrawn`.

        Raises:
            Busy: the breaker is open, or half-open with its trial under way.
        """
        with self._lock:
            if self._opened_at is None:
                return Admission(self._period, is_trial=False)
            wait_s = self._wait_s()
            if wait_s <= 0 and not self._trial_runs:
                self._trial_runs = True
                return Admission(self._period, is_trial=True)
            raise self._refusal(server, wait_s)

    def refuse_if_open(self, server: str) -> None:
        """Refuse what need not even wait for its turn.

        Raises:
            Busy: the breaker is open.
        """
        with self._lock:
            if (wait_s := self._wait_s()) > 0:
                raise self._refusal(server, wait_s)

    def succeeded(self, admission: Admission) -> None:
        """Say that the server answered."""
        with self._lock:
            if admission.period == self._period:
                if self._opened_at is not None:
                    self._period += 1
                self._opened_at, self._failures = None, 0
                self._pause_s, self._trial_runs = self._first_pause_s, False

    def failed(self, admission: Admission) -> None:
        """Say that the server could not be reached or broke."""
        with self._lock:
            if admission.period != self._period:
                return
            self._failures += 1
            if admission.is_trial:
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            if admission.is_trial or self._failures >= self._failures_to_open:
                self._opened_at, self._trial_runs = self._clock(), False
                self._period += 1

    def withdrawn(self, admission: Admission) -> None:
        """Say that nothing is known: the reader left before the server could answer."""
        with self._lock:
            if admission.is_trial and admission.period == self._period:
                self._trial_runs = False

    def _refusal(self, server: str, wait_s: float) -> Busy:
        seconds = max(1, math.ceil(wait_s))
        return Busy(
            f"{server} failed {self._failures} times in a row and is asked again in {seconds} s",
            hint="Check that the server runs, and its log.",
            retry_after_s=seconds,
        )

    def _wait_s(self) -> float:
        return 0.0 if self._opened_at is None else self._opened_at + self._pause_s - self._clock()
