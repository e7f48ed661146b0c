"""The kinds of job, and what each kind brings to the runner."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol


class JobKind(StrEnum):
    """What a job does."""

    INGEST = "ingest"
    SHEET = "sheet"


class JobStopped(Exception):
    """Raised by a job's own work once its `cancelled` event is set."""


class Progress(Protocol):
    """Takes how far a job is: a fraction from 0 to 1 and a sentence for people."""

    def __call__(self, fraction: float, message: str) -> None:
        """Report progress."""
        ...


class JobHandler(Protocol):
    """Does the jobs of one kind. A job may run twice (after a kill), so its work must be idempotent."""

    def run(self, payload: str, *, progress: Progress, cancelled: threading.Event) -> str:
        """Do the work that the JSON `payload` describes and return a report as JSON.

        Raises:
            JobStopped: `cancelled` was set and the work was left unfinished.
            RonbunError: the job failed; the error is kept with it.
        """
        ...

    def ended(self, payload: str) -> None:
        """Free what the job held; it is done, failed or cancelled and will not run again."""
        ...

    def resume(self, payloads: Sequence[str]) -> None:
        """Free what earlier processes left behind; jobs with these payloads are still to be done."""
        ...
