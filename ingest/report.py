"""What an ingest tells while it runs, and what it reports at its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexes.errors import RonbunError


@dataclass(frozen=True, slots=True)
class Added:
    """A paper that is now in the library."""

    paper_id: str
    source: str
    title: str
    pages: int
    passages: int


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A source whose content the library already holds, or that was named twice."""

    paper_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry that its page has no more, and that is therefore not in the library any more."""

    paper_id: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A source that failed, alone, and why."""

    source: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Found:
    """How many papers there are to read; told again when a downloaded file turns out to hold many."""

    total: int


@dataclass(frozen=True, slots=True)
class Started:
    """A source is being read."""

    source: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source was read and cut into passages."""

    source: str
    pages: int
    passages: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """So many passages more have their vectors."""

    passages: int


Outcome = Added | Unchanged | Removed | Failed
IngestEvent = Found | Started | Parsed | Embedded | Outcome


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every source, each in the order in which it was named."""

    added: tuple[Added, ...]
    unchanged: tuple[Unchanged, ...]
    failed: tuple[Failed, ...]
    removed: tuple[Removed, ...] = ()


def report_of(outcomes: Iterable[Outcome]) -> IngestReport:
    """Return the report of outcomes, each kind in their order."""
    kept = tuple(outcomes)
    return IngestReport(
        added=tuple(outcome for outcome in kept if isinstance(outcome, Added)),
        unchanged=tuple(outcome for outcome in kept if isinstance(outcome, Unchanged)),
        failed=tuple(outcome for outcome in kept if isinstance(outcome, Failed)),
        removed=tuple(outcome for outcome in kept if isinstance(outcome, Removed)),
    )


def failed_by(error: RonbunError, *, source: str) -> Failed:
    """Return the failure that an error means for its source."""
    return Failed(source=source, code=error.code, message=error.message, hint=error.hint)
