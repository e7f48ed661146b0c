"""A paper's own arXiv id, DOI and date, from the places where only its own can stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STAMP = re.compile(
    r"arXiv:\s*(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?P<version>v\d+)?(?:\s*\[(?P<category>[\w.-]+)\])?"
    r"(?:\s+(?P<day>\d{1,2})\s+(?P<month>[A-Z][a-z]{2})\w*\s+(?P<year>\d{4}))?"
)
_DOI = re.compile(r"(?:doi\s*[:.]?\s*|doi\.org/)?\b(10\.\d{4,9}/[^\s\"<>{}|\\^`\[\]]+)", re.I)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I),
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:\s*[-–]\s*\d{{1,2}})?(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b", re.I
    ),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)[-/](?P<number>\d{2})[-/](?P<day>\d{2})\b"),
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<number>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*日)?"),
    re.compile(rf"\b{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I),
)
_PUBLISHED = re.compile(
    r"\b(published|publication|accepted|revised|received|submitted)(\s+online)?\b\s*(on)?\s*:?", re.I
)
_YEAR = re.compile(
    r"(?:©|\(c\)|copyright|published|accepted|proceedings|conference|workshop|symposium|journal|vol\.?|volume|'|’|\()\D{0,60}?\b((?:19|20)\d\d)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class ArxivStamp:
    """What arXiv prints in the margin of a first page."""

    arxiv_id: str
    categories: tuple[str, ...]
    published: str | None


def find_stamp(text: str) -> ArxivStamp | None:
    """Return the arXiv stamp in a page's margin text, without its version."""
    found = _STAMP.search(text)
    if not found:
        return None
    published = None
    if found["year"] and found["month"].casefold() in _MONTHS:
        published = f"{found['year']}-{_MONTHS.index(found['month'].casefold()) + 1:02d}-{int(found['day']):02d}"
    category = (found["category"],) if found["category"] else ()
    return ArxivStamp(found["id"], category, published or _month_of(found["id"]))


def _month_of(arxiv_id: str) -> str | None:
    """Return the month that a new-style id names: 2310.10631 is of 2023-10."""
    found = re.match(r"(\d\d)(\d\d)\.", arxiv_id)
    return f"20{found[1]}-{found[2]}" if found and "01" <= found[2] <= "12" else None


def find_doi(text: str) -> str | None:
    """Return the first DOI in the text, in lower case, without the punctuation that follows it."""
    found = _DOI.search(text)
    if not found:
        return None
    doi = found[1].rstrip(".,;:'’”)")
    if found[1].startswith(doi + ")") and doi.count("(") > doi.count(")"):
        doi += ")"
    return doi.casefold()


def find_date(text: str) -> str | None:
    """Return the date that the text gives for publication, as exact as it is: day, month or year."""
    best: tuple[int, str] | None = None
    for pattern in _DATES:
        for found in pattern.finditer(text):
            date = _iso(found)
            if date is None:
                continue
            before = _PUBLISHED.findall(text[max(0, found.start() - 30) : found.start()])
            rank = {"published": 0, "publication": 0, "accepted": 1, "revised": 3, "received": 4, "submitted": 4}
            score = rank[before[-1][0].casefold()] if before else 2
            if best is None or score < best[0]:
                best = (score, date)
    if best:
        return best[1]
    years = _YEAR.findall(text)
    return years[0] if years else None


def _iso(found: re.Match[str]) -> str | None:
    groups = found.groupdict()
    month = int(groups["number"]) if groups.get("number") else _MONTHS.index(groups["month"][:3].casefold()) + 1
    if not 1 <= month <= 12:
        return None
    day = groups.get("day")
    if day and not 1 <= int(day) <= 31:
        return None
    return f"{groups['year']}-{month:02d}" + (f"-{int(day):02d}" if day else "")
