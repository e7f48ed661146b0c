"""A paper's own arXiv id, DOI and date, from the places where only its own can stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STAMP = re.compile(
    r"arXiv:\s*(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?P<version>v\d{1,3})?(?:\s*\[(?P<category>[\w.-]+)\])?"
    r"(?:\s+(?P<day>\d{1,2})\s+(?P<month>[A-Z][a-z]{2})\w*\s+(?P<year>\d{4}))?"
)
_DOI = re.compile(r"(?:doi\s*[:.]?\s*|doi\.org/)?\b(10\.\d{4,9}/[^\s\"<>{}|\\^`\[\]]+)", re.I)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATES = (
    re.compile(rf"(?<![\w-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I),
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:\s*[-–]\s*\d{{1,2}})?(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b", re.I
    ),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)[-/](?P<number>\d{2})[-/](?P<day>\d{2})\b"),
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<number>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*日)?"),
    re.compile(rf"\b{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I),
)
_LABEL = re.compile(
    r"\b(published|publication|available online|accepted|revised|revision|received|submitted|uploaded|downloaded|"
    r"accessed|retrieved|printed)\b",
    re.I,
)
_UNLABELLED = 2
_RANKS = {
    "published": 0, "publication": 0, "available online": 0, "accepted": 1, "revised": 3, "revision": 3, "received": 4,
    "submitted": 4, "uploaded": None, "downloaded": None, "accessed": None, "retrieved": None, "printed": None,
}  # fmt: skip
_YEAR = re.compile(
    r"(?:©|\(c\)|copyright|published|accepted|proceedings|conference|workshop|symposium|journal|vol\.?|volume|'|’)\D{0,60}?\b((?:19|20)\d\d)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class ArxivStamp:
    """What arXiv prints in the margin of a first page."""

    arxiv_id: str
    categories: tuple[str, ...]
    published: str | None
    version: int | None = None
    updated: str | None = None


def find_stamp(text: str) -> ArxivStamp | None:
    """Return the arXiv stamp in a page's margin text.

    Its date is that of the version it names: a later one than the first was published in the month that the id names.
    """
    found = _STAMP.search(text)
    if not found:
        return None
    dated = None
    if found["year"] and found["month"].casefold() in _MONTHS:
        dated = f"{found['year']}-{_MONTHS.index(found['month'].casefold()) + 1:02d}-{int(found['day']):02d}"
    category = (found["category"],) if found["category"] else ()
    version = int(found["version"][1:]) if found["version"] else None
    is_first = version in (None, 1)
    published = dated if is_first and dated else _month_of(found["id"]) or dated
    return ArxivStamp(found["id"], category, published, version, None if is_first else dated)


def _month_of(arxiv_id: str) -> str | None:
    """Return the month that an id names: 2310.10631 is of 2023-10, hep-th/9901001 of 1999-01."""
    found = re.match(r"(?:[a-zA-Z.-]+/)?(\d\d)(\d\d)(?:\.\d{4}|\d{3}$)", arxiv_id)
    if not found or not "01" <= found[2] <= "12":
        return None
    century = 19 if "/" in arxiv_id and found[1] > "90" else 20
    return f"{century}{found[1]}-{found[2]}"


def find_doi(text: str) -> str | None:
    """Return the first DOI in the text, in lower case, without the punctuation that follows it."""
    found = _DOI.search(text)
    if not found:
        return None
    doi = found[1].rstrip(".,;:'’”)")
    if found[1].startswith(doi + ")") and doi.count("(") > doi.count(")"):
        doi += ")"
    return doi.casefold()


def find_date(text: str, *, year: str | None = None) -> str | None:
    """Return the date that the text gives for publication, as exact as it is: day, month or year.

    A date that is said to be of publication counts first; then the year of the journal or conference (`year`), with a
    date inside it where there is one; then dates of acceptance and those without a word; a copyright's year; a receipt.
    """
    candidates = sorted(_candidates(text))
    published = next((date for rank, _, date in candidates if rank == 0), None)
    if published is not None:
        return published
    if year is not None:
        return next((date for rank, _, date in candidates if rank <= _UNLABELLED and date.startswith(year)), year)
    dated = next((date for rank, _, date in candidates if rank <= _UNLABELLED), None)
    noted = dated or next(iter(_YEAR.findall(text)), None)
    return noted or next((date for _, _, date in candidates), None)


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (rank, order, date) for every date in the text but those on which somebody looked at it."""
    order = 0
    for pattern in _DATES:
        for found in pattern.finditer(text):
            date = _iso(found)
            label = _LABEL.findall(text[max(0, found.start() - 30) : found.start()])
            rank = _RANKS[label[-1].casefold()] if label else _UNLABELLED
            if date is not None and rank is not None:
                yield rank, order, date
                order += 1


def _iso(found: re.Match[str]) -> str | None:
    groups = found.groupdict()
    month = int(groups["number"]) if groups.get("number") else _MONTHS.index(groups["month"][:3].casefold()) + 1
    if not 1 <= month <= 12:
        return None
    day = groups.get("day")
    if day and not 1 <= int(day) <= 31:
        return None
    return f"{groups['year']}-{month:02d}" + (f"-{int(day):02d}" if day else "")
