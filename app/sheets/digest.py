"""The papers published between two dates become a digest: their sheets, newest first, and what can be counted."""

from __future__ import annotations

import calendar
import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from app.generators.protocol import Generator
from app.sheets.faults import shown_claims
from app.sheets.labels import read_labels
from app.sheets.presentation import category_name
from app.sheets.records import Digest, QASheet
from app.sheets.stored import get_or_build_sheet
from indexes.errors import BadInput
from indexes.library import Library
from indexes.records import Language, Paper, PaperRole

_PARTIAL_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")

_log = logging.getLogger(__name__)


def build_digest(
    library: Library,
    first: str,
    last: str,
    *,
    language: Language,
    generator: Generator,
    on_progress: Callable[[float, str], None] | None = None,
) -> Digest:
    """Return the digest of the papers published from `first` to `last`; sheets that are not there are made and kept.

    A paper dated only "2024" or "2024-03" falls in where the whole year or month does: it could be of any of its days,
    and none of them is outside.

    Raises:
        BadInput: a date is not YYYY-MM-DD, or `first` is after `last`.
        ModelFailed: the generator broke while a sheet was made.
    """
    period = _period(first, last)
    papers = papers_in([stored.paper for stored in library.papers.listed(role=PaperRole.PAPER)], *period)
    sheets = []
    for done, paper in enumerate(papers):
        if on_progress is not None:
            on_progress(done / len(papers), paper.title)
        sheets.append(get_or_build_sheet(paper.paper_id, library=library, generator=generator, language=language))
    _log.info("built digest first=%s last=%s papers=%d", first, last, len(papers))
    return Digest(
        first=period[0].isoformat(),
        last=period[1].isoformat(),
        language=language,
        entries=tuple(sheets),
        overview=overview_of(sheets, language),
    )


def papers_in(papers: Sequence[Paper], first: date, last: date) -> tuple[Paper, ...]:
    """Return the papers whose every possible date lies in the period, newest first, then by title."""
    found = []
    for paper in papers:
        days = possible_days(paper.published)
        if days is not None and first <= days[0] and days[1] <= last:
            found.append((days[1].toordinal(), paper))
    found.sort(key=lambda pair: (-pair[0], pair[1].title, pair[1].paper_id))
    return tuple(paper for _, paper in found)


def possible_days(iso: str | None) -> tuple[date, date] | None:
    """Return the first and last day that an ISO date, exact or partial, can mean; None for what is no date."""
    found = _PARTIAL_DATE.fullmatch(iso or "")
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"] or 0)
    try:
        if found["day"]:
            day = date(year, month, int(found["day"]))
            return day, day
        if found["month"]:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None


def overview_of(sheets: Sequence[QASheet], language: Language) -> tuple[str, ...]:
    """Return sentences that are counted from the sheets, and nothing else."""
    labels = read_labels(language)
    answers = [item.answer for sheet in sheets for item in sheet.items]
    citations = sum(len(claim.citations) for answer in answers for claim in shown_claims(answer))
    told = [_counted(labels.overview_papers, len(sheets), citations=0)]
    if sheets:
        told.append(_counted(labels.overview_questions, len(answers), citations=citations))
    categories = Counter(category_name(category) for sheet in sheets for category in sheet.paper.categories)
    if categories:
        ranked = sorted(categories.items(), key=lambda pair: (-pair[1], pair[0]))
        listed = ", ".join(f"{name} ({count})" for name, count in ranked)
        told.append(labels.overview_categories.format(categories=listed))
    return tuple(told)


def _counted(forms: Sequence[str], count: int, *, citations: int) -> str:
    return forms[min(count, len(forms) - 1)].format(count=count, citations=citations)


def _period(first: str, last: str) -> tuple[date, date]:
    days = []
    for text in (first, last):
        try:
            days.append(date.fromisoformat(text))
        except ValueError as error:
            raise BadInput(f"not a date: {text!r}", hint="Write dates as YYYY-MM-DD.") from error
    if days[0] > days[1]:
        raise BadInput(f"the period ends on {last}, before it begins on {first}", hint="Swap the two dates.")
    return days[0], days[1]
