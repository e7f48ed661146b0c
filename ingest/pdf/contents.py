"""Where a document lists its own headings: a table of contents, which holds no statement and opens no section."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.headings import normal
from ingest.pdf.lines import TextLine

CONTENTS_HEADINGS = frozenset({"contents", "table of contents", "list of figures", "list of tables", "目次"})
_NAMED = re.compile(r"contents|list of|目次", re.I)
LONGEST_HEADING = 30
LONGEST_ENTRY = 120
MOST_STRAYS = 2
"""Lines in a row that need not look like entries: the rest of a long title, a part's name."""
FEWEST_ENTRIES = 3
_PAGE_AT_END = re.compile(r"[\s.·…](?:\d{1,4}|[ivxlc]{1,6})$")


def find_contents(lines: Sequence[TextLine]) -> range:
    """Return the positions of a table of contents with its heading; an empty range where there is none.

    An entry ends in a page number, or its words come again on a line of their own further on.
    """
    start = next((at for at, line in enumerate(lines) if _is_heading(line.text)), None)
    if start is None:
        return range(0)
    short = [(at, line.text) for at, line in enumerate(lines) if at > start and len(line.text) <= LONGEST_ENTRY]
    last = {normal(text): at for at, text in short}
    first, end, entries = "", start + 1, 0
    for at in range(start + 1, len(lines)):
        text = lines[at].text
        entry = normal(_PAGE_AT_END.sub("", text)).rstrip(" .·…")
        if entry and entry == first and lines[at].page > lines[start].page:
            break
        if len(text) <= LONGEST_ENTRY and (_PAGE_AT_END.search(text) or last.get(entry, 0) > at):
            first, end, entries = first or entry, at + 1, entries + 1
        elif at - end >= MOST_STRAYS or len(text) > LONGEST_ENTRY:
            break
    return range(start, end) if entries >= FEWEST_ENTRIES else range(0)


def _is_heading(text: str) -> bool:
    return len(text) < LONGEST_HEADING and _NAMED.search(text) is not None and normal(text) in CONTENTS_HEADINGS
