"""A parsed document to a verdict on how well it could be read, in words that a reader can check on the page.

Counts what is there (pages with text, sections, references, an abstract) and what was noticed. Knows no threshold of
any engine: pages that could not be read are those that the parser said so of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from indexes.records import SourceKind
from ingest.document import EVIDENCE_KINDS, BlockKind, FindingKind, PageEngine, ParsedDocument

POOR_BELOW = 0.5
"""Share of the pages that can be read; below, most of the paper's answers are missing."""
GOOD_FROM = 0.9
LEAST_QUALITY = 0.6
"""Mean quality of the pages (0 to 1) from which their text reads as language throughout."""
PAGES_WITH_SECTIONS = 4
"""A paper as long as this has section headings; one without lost them, or was scanned as a picture of text."""
_UNREAD = frozenset({FindingKind.NO_TEXT_PAGE, FindingKind.GARBLED_TEXT, FindingKind.PAGE_UNREADABLE})


class Level(StrEnum):
    """How far a paper's answers can be trusted to be complete."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a document was read: the level, what was found, and each thing that lowers trust, in English."""

    level: Level
    pages: int
    sections: int
    tables: int
    references: int
    has_abstract: bool
    reasons: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What was found, in one line."""
        counted = [
            (self.pages, "page"),
            (self.sections, "section"),
            (self.tables, "table"),
            (self.references, "reference"),
        ]
        parts = [_counted(count, name) for count, name in counted if count or name == "section"]
        return ", ".join([*parts, "an abstract" if self.has_abstract else "no abstract"])


def verdict_of(document: ParsedDocument) -> Verdict:
    """Return the verdict; the same document always gets the same."""
    pages_with_text = {line.page for block in document.blocks if block.kind in EVIDENCE_KINDS for line in block.lines}
    noticed = {finding.page for finding in document.findings if finding.kind in _UNREAD and finding.page}
    unread = noticed - pages_with_text
    share = 1 - len(unread) / len(document.pages)
    reasons = tuple(_reasons(document, unread))
    level = Level.GOOD if share >= GOOD_FROM and not _is_shaky(document) else Level.FAIR
    return Verdict(
        level=Level.POOR if share < POOR_BELOW or not pages_with_text else level,
        pages=len(document.pages) if document.paper.source_kind is SourceKind.PDF else 0,
        sections=len(document.sections),
        tables=sum(block.table is not None for block in document.blocks),
        references=sum(block.kind is BlockKind.REFERENCE for block in document.blocks),
        has_abstract=bool(document.paper.abstract),
        reasons=reasons,
    )


def _is_shaky(document: ParsedDocument) -> bool:
    """Return whether pages were recognised from pictures or read badly, signs misread, or no structure found."""
    recognised = sum(page.engine is PageEngine.OCR for page in document.pages)
    if any(finding.kind is FindingKind.MISREAD_SIGNS for finding in document.findings):
        return True
    return (
        recognised > (1 - GOOD_FROM) * len(document.pages)
        or _mean_quality(document) < LEAST_QUALITY
        or (len(document.pages) >= PAGES_WITH_SECTIONS and not document.sections)
    )


def _mean_quality(document: ParsedDocument) -> float:
    stated = [page.quality for page in document.pages if page.quality is not None]
    return sum(stated) / len(stated) if stated else 1.0


def _reasons(document: ParsedDocument, unread: set[int]) -> Iterator[str]:
    total = len(document.pages)
    if unread:
        yield f"{len(unread)} of {_counted(total, 'page')} could not be read ({_ranges(unread)})"
    for engine, how in ((PageEngine.OCR, "recognised from pictures"), (PageEngine.PYPDF, "read by a second engine")):
        numbers = {page.number for page in document.pages if page.engine is engine}
        if numbers:
            yield f"{len(numbers)} of {_counted(total, 'page')} {how} ({_ranges(numbers)})"
    if _mean_quality(document) < LEAST_QUALITY:
        yield f"the text reads poorly (quality {_mean_quality(document):.2f} of 1)"
    if total >= PAGES_WITH_SECTIONS and not document.sections:
        yield "no section headings were found"
    if any(finding.kind is FindingKind.MISREAD_SIGNS for finding in document.findings):
        yield "signs of formulas are read as letters"
    hidden = sum(finding.kind is FindingKind.HIDDEN_TEXT for finding in document.findings)
    if hidden:
        yield f"text that cannot be seen was left out in {_counted(hidden, 'place')}"
    if any(finding.kind is FindingKind.ACTIVE_CONTENT for finding in document.findings):
        yield "the file holds scripts or actions, which are never run"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _ranges(numbers: set[int]) -> str:
    """Return page numbers as people write them: "p. 3, 5–9"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "p. " + ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
