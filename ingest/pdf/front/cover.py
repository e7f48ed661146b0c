"""Cover sheets that repositories and publishers put before a paper, and which page is the paper's first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.lines import TextLine

LAST_FRONT_PAGE = 3
"""Pages; no cover of a repository runs longer than two."""
FEWEST_SIGNS = 2
"""Phrases of covers from which a page is one, even where the next page does not repeat its title."""
SHORTEST_TITLE = 12
"""Letters of a title that is known again on the next page."""
_SIGNS = tuple(
    re.compile(sign, re.I)
    for sign in (
        r"see discussions, stats,? and author profiles",
        r"^\d*\s*citations?\b.{0,40}\breads?\b|^see profile$",
        r"\bHAL is a multi-?\s?disciplinary|l[’']archive ouverte pluridisciplinaire",
        r"\bHAL Id\s?:|^submitted on \d{1,2} \w{3,9} \d{4}",
        r"to cite this version|citation for published version|cite this (?:paper|item|article|work)\b",
        r"document version|version of record|published version|accepted (?:author )?manuscript|"
        r"author[’']s personal copy",
        r"general rights|take[ -]?down policy|terms (?:and conditions )?of use|link to publication|"
        r"downloaded (?:from|by)\b",
        r"(?:institutional|research|digital|open) repository|escholarship|dspace|\beprints?\b|permalink",
        r"provided by .{0,60}\bcore\b|view metadata, citation and similar papers",
        r"jstor is a not-for-profit|stable url",
        r"the user has requested enhancement of the downloaded file",
    )
)
_OPENS = re.compile(r"^(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|(?:1\.?\s+)?introduction|概要|要旨|はじめに)\b", re.I)


def front_page(pages: Sequence[Sequence[TextLine]]) -> int:
    """Return the index of the page on which the paper itself begins: the first with text, past a cover sheet.

    A cover shows its signs, holds neither abstract nor introduction, and is followed by a page that repeats its title;
    two signs and more are believed without.
    """
    first = next((place for place, page in enumerate(pages) if page), 0)
    place = first
    while place < min(first + LAST_FRONT_PAGE - 1, len(pages) - 1):
        following = next((later for later in range(place + 1, len(pages)) if pages[later]), None)
        if following is None or not _is_cover(pages[place], pages[following]):
            break
        place = following
    return place


def _is_cover(page: Sequence[TextLine], following: Sequence[TextLine]) -> bool:
    signs = sum(any(sign.search(line.text) for line in page) for sign in _SIGNS)
    if not signs or any(_OPENS.match(line.text) for line in page):
        return False
    return signs >= FEWEST_SIGNS or _repeats_title(page, following)


def _repeats_title(page: Sequence[TextLine], following: Sequence[TextLine]) -> bool:
    """Return whether the largest line of a page stands on the next one, too."""
    largest = max(page, key=lambda line: line.size)
    wanted = _letters(largest.text)
    return len(wanted) >= SHORTEST_TITLE and wanted in "".join(_letters(line.text) for line in following)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
