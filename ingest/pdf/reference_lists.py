"""Where a document's reference lists are: after their heading or without one, up to the text that goes on after them.

What a list's heading says is checked against the lines below it: a table of contents names the references, too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from statistics import median

from ingest.pdf.headings import HeadingMark, is_known
from ingest.pdf.lines import TextLine
from ingest.pdf.references import ENTRY_MARK, find_unnamed_list, opens_references
from ingest.pdf.shapes import caption_label

Group = Sequence[TextLine]

WINDOW = 12
"""Lines looked at to tell a list of references from prose."""
LIST_SHARE = 0.55
"""Share of a list's lines with a year, page range, venue or author's initials. Of 657 windows of the lists in 129
papers 95 % have so many (.83 in the median); of 4935 windows of body text .3 %, and 1 in 100 more than .42."""
PROSE_SHARE = 0.35
"""Below, the lines after a heading are text again."""
HEADED_SHARE = 0.2
"""Share for the lines under a heading that says what they are."""
FEWEST_AUTHORS = 3
OTHER_SIZE = 0.05
"""Relative difference from the list's type from which a line may be body text that stands between."""
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b")
_AUTHOR = re.compile(
    r"(?:^|[\s(\]])(?:[A-Z][\w’'-]+,? (?:[A-Z]\.?[\s-]?){1,3}(?:[,;&:(]|and\b|$)|"
    r"(?:[A-Z]\.[\s-]?){1,3}(?:[a-z]+ )?[A-Z][\w’'-]+,?)"
)
_VENUE = re.compile(
    r"\b(?:Proc(?:eedings|s)?\b|Journal|Conf(?:erence|\.)|Trans(?:actions|\.)|Press\b|Springer|Wiley|Elsevier|thesis|"
    r"Report|et al\b|pp?\. ?\d|pages? \d|[Vv]ol(?:ume|\.)|arXiv|doi\b|https?:|URL|\d+ ?[–-] ?\d+|\d+\(\d+\)|"
    r"IEEE|ACM|Lett\.|Rev\.|Phys\.|Chem\.|Workshop|Symposium|editors?\b|eds?\.)"
)


def find_references(groups: Sequence[Group], headings: Sequence[HeadingMark | None]) -> list[bool]:
    """Return for each group of lines whether it stands in a reference list (a list's heading does not).

    Args:
        groups: the body's, in reading order.
        headings: what each group says as a heading, or None.
    """
    lines = [line for group in groups for line in group]
    unnamed = find_unnamed_list(lines)
    first_unnamed = lines[unnamed] if unnamed is not None else None
    found = [False] * len(groups)
    size = None
    is_open = False
    for place, group in enumerate(groups):
        heading = headings[place]
        following = _lines_from(groups, place + 1)
        if group[0] is first_unnamed or (heading and opens_references(heading.title) and _is_list(following)):
            is_open = True
            size = median(line.size for line in (following or group)[:6])
            found[place] = group[0] is first_unnamed
        elif is_open and size is not None:
            is_open = heading is None or not _leaves(group, heading, following, size)
            found[place] = is_open and not _stands_between(group, size)
    for run in _unannounced(groups, headings, found):
        found[run.start : run.stop] = [not caption_label(groups[place][0].text) for place in run]
    return found


def _lines_from(groups: Sequence[Group], place: int, count: int = WINDOW) -> list[TextLine]:
    """Return the next lines, up to a window of them."""
    lines: list[TextLine] = []
    while place < len(groups) and len(lines) < count:
        lines.extend(groups[place])
        place += 1
    return lines[:count]


def is_signed(text: str) -> bool:
    """Return whether a line has what lines of references have: a year, an author's initials, pages or a venue."""
    return _YEAR.search(text) is not None or _VENUE.search(text) is not None or _AUTHOR.search(text) is not None


def _is_list(lines: Sequence[TextLine]) -> bool:
    """Return whether the lines under "References" may be references: at least some are signed or marked."""
    signed = sum(is_signed(line.text) or ENTRY_MARK.match(line.text) is not None for line in lines)
    return bool(lines) and signed >= max(1.0, HEADED_SHARE * len(lines)) and not _is_contents(lines)


def _is_contents(lines: Sequence[TextLine]) -> bool:
    return len(lines) >= WINDOW and not any(_YEAR.search(line.text) or "http" in line.text for line in lines)


def _leaves(group: Group, heading: HeadingMark, following: Sequence[TextLine], size: float) -> bool:
    """Return whether a heading inside the list begins another section: it stands out, and no references follow."""
    if is_known(heading.title):
        return True
    is_set_off = group[0].size >= 1.05 * size or group[0].bold > 0.8 or heading.title.isupper()
    if not is_set_off or len(heading.title) >= 100 or _YEAR.search(heading.title):
        return False
    return sum(is_signed(line.text) for line in following) < PROSE_SHARE * max(len(following), 1) or not following


def _stands_between(group: Group, size: float) -> bool:
    """Return whether a caption, or body text whose column goes on beside the list, stands among the references."""
    if caption_label(group[0].text):
        return True
    is_other = all(abs(line.size - size) > OTHER_SIZE * size for line in group)
    return is_other and sum(is_signed(line.text) for line in group) < PROSE_SHARE * len(group)


def _unannounced(groups: Sequence[Group], headings: Sequence[HeadingMark | None], found: Sequence[bool]) -> list[range]:
    """Return the runs of groups in the document's second half that read as references though nothing says so."""
    half = sum(map(len, groups)) // 2
    lines: list[tuple[int, str]] = []
    passed = 0
    for place, group in enumerate(groups):
        passed += len(group)
        if passed > half and not found[place] and not headings[place]:
            lines.extend((place, line.text) for line in group)
    signed = _signs(lines)
    runs: list[range] = []
    at = 0
    while at + WINDOW // 2 <= len(signed):
        window = signed[at : at + WINDOW]
        if not _reads_as_references(window):
            at += 1
            continue
        end = at + 1
        while end < len(signed) and _goes_on(signed[end : end + WINDOW // 2]):
            end += 1
        runs.append(range(signed[at][0], signed[end - 1][0] + 1))
        at = end
    return runs


def _signs(lines: Sequence[tuple[int, str]]) -> list[tuple[int, bool, bool, bool]]:
    """Return for each line (place, is it signed, by an author, by a year); far from years nothing is looked for."""
    dated = [_YEAR.search(text) is not None for _, text in lines]
    totals = [0, *itertools.accumulate(dated)]
    near = [False] * len(lines)
    for at in range(len(lines)):
        if totals[min(at + WINDOW, len(lines))] - totals[at] >= FEWEST_AUTHORS:
            near[at : at + WINDOW] = [True] * len(near[at : at + WINDOW])
    signs = []
    for (place, text), is_dated, is_near in zip(lines, dated, near, strict=True):
        is_author = is_near and _AUTHOR.search(text) is not None
        is_signed_line = is_author or is_dated or (is_near and _VENUE.search(text) is not None)
        signs.append((place, is_signed_line, is_author, is_dated))
    return signs


def _reads_as_references(window: Sequence[tuple[int, bool, bool, bool]]) -> bool:
    enough = sum(part[1] for part in window) >= LIST_SHARE * len(window)
    is_authored = sum(part[2] for part in window) >= FEWEST_AUTHORS and window[0][2]
    return enough and is_authored and sum(part[3] for part in window) >= FEWEST_AUTHORS


def _goes_on(window: Sequence[tuple[int, bool, bool, bool]]) -> bool:
    return sum(part[1] for part in window) >= PROSE_SHARE * len(window)
