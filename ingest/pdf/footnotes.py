"""Footnotes: the small type at a column's foot, from the first line that a mark or a customary word opens."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import FOOTNOTE_MARK, caption_label, is_row, is_stand_in
from ingest.pdf.typography import Typography

Group = Sequence[TextLine]

FOOTNOTE_SIZE = 0.93
"""Relative to the body; footnotes are set smaller."""
OTHER_FONT_SIZE = 0.97
"""The same for type in another font than the body's, which needs to be less small to be told apart."""
FOOTNOTE_ZONE = 0.4
"""Share of the page's height above which no footnote begins."""
FEWEST_LETTERS = 12
LONGEST_NOTICE = 250
"""Characters; a longer paragraph says more than whose rights are reserved."""
LONGEST_LICENCE = 700
LONGEST_ADDRESS = 6
"""Lines of an author's address in a font of its own."""
NEAR_TABLE = 2.5
"""Ems under a table within which its notes begin."""
_OPENS = re.compile(
    r"^(?:permission to (?:make|copy)|copyright\b|©|\(c\) |\[[*∗†‡]\]|"
    r"corresponding author|correspondence\b|e-?mails?\b|"
    r"(?:this|the) (?:work|research|paper|project|study) (?:was|is|has been) (?:\w+ )?(?:supported|funded|sponsored)|"
    r"supported (?:in part )?by|(?:manuscript )?received\b|(?:this|an) (?:is an extended|earlier) (?:version|abstract)|"
    r"appear(?:s|ing|ed) in\b|proceedings of the\b|to appear in\b|preliminary (?:work|version)|author'?s? address|"
    r"(?:the )?orcid\b|(?:https?://)?(?:dx\.)?doi(?:\.org/|:)\s*10\.)",
    re.I,
)

_NOTICE = re.compile(
    r"^(?:permission to (?:make|copy)|copyright\b|©|\(c\) |proceedings of the\b|\d{4}-\d{3}[\dX]\b|"
    r"publication rights licensed|all rights reserved)",
    re.I,
)
_IDENTIFIER = re.compile(r"^(?:https?://)?(?:(?:dx\.)?doi(?:\.org/|:\s*)10\.\d{4,9}/\S+|issn\b[\s:\dX-]+)$", re.I)
_RIGHTS = re.compile(
    r"\ball rights reserved\b|^(?:copyright\s+)?(?:©|\(c\)|\S(?=\s))?\s*(?:19|20)\d\d\b.{0,80}\b(?:the authors?\b|"
    r"elsevier|springer|wiley|macmillan|association for|ieee|acm\b|published by|publish(?:ers|ing)\b|ltd\b)|"
    r"^downloaded (?:from|by|on)\b",
    re.I,
)
_LICENCE = re.compile(
    r"\bopen[- ]access (?:article|paper)\b.{0,80}\b(?:under|with) the (?:terms|CC)\b|"
    r"^(?:this (?:work|article|paper) is )?licen[sc]ed under (?:a |the )?(?:creative commons|cc)\b",
    re.I,
)
_IMPRINT = re.compile(r"^\S.{5,120}\bdoi(?:\.org/|:\s?)\s*10\.\d{4,9}/\S+(?:\s+(?:https?://|www\.)\S+)?$", re.I)
_MAIL = re.compile(r"\S@\S+\.\w")


def is_notice(group: Group) -> bool:
    """Return whether small print only says where a paper appeared and what may be done with it."""
    return _NOTICE.match(group[0].text) is not None or _IDENTIFIER.match(group[0].text) is not None


def is_imprint(group: Group, *, typography: Typography) -> bool:
    """Return whether a short piece, wherever it stands, only states rights or a licence or where the paper appeared."""
    text = " ".join(line.text for line in group)
    if len(text) > LONGEST_LICENCE or caption_label(text):
        return False
    if len(text) <= LONGEST_NOTICE and _RIGHTS.search(text):
        return True
    is_small = _is_small(group, typography)
    return is_small and (
        _LICENCE.search(text) is not None
        or (len(group) == 1 and group[0].page <= 2 and _IMPRINT.match(text) is not None)
    )


def find_footnotes(
    groups: Sequence[Group], *, typography: Typography, heights: Sequence[float], taken: frozenset[int]
) -> frozenset[int]:
    """Return the positions of the groups that are footnotes.

    Args:
        groups: the body's, in reading order.
        typography: the document's type.
        heights: of the pages' reading frames, in points.
        taken: positions known to be something else.
    """
    columns: dict[tuple[int, str], list[int]] = {}
    for place, group in enumerate(groups):
        columns.setdefault((group[0].page, group[0].column), []).append(place)
    found: set[int] = set()
    for (page, column), places in columns.items():
        notes = _at_foot(groups, places, FOOTNOTE_ZONE * heights[page - 1], typography, taken)
        beside = [place for place in columns.get((page, "l"), ()) if place in found] if column == "r" else []
        if beside and len(notes) < len(places):
            notes = _gone_on(groups, places, beside, notes, typography, taken)
        found.update(notes)
    return frozenset(found | _under_tables(groups, typography, taken))


def _gone_on(
    groups: Sequence[Group],
    places: Sequence[int],
    beside: Sequence[int],
    notes: list[int],
    typography: Typography,
    taken: frozenset[int],
) -> list[int]:
    """Return the right column's notes with those that go on, in the same type, beside the left column's."""
    first = groups[min(beside)][0]
    run: list[int] = []
    for place in reversed(places):
        line = groups[place][0]
        is_same = abs(line.size - first.size) < 0.05 * first.size and line.baseline >= first.baseline - first.size
        is_other = is_stand_in(line) or caption_label(line.text) or not _is_small(groups[place], typography)
        if place in taken or not is_same or is_other:
            break
        run.append(place)
    return run if len(run) > len(notes) else notes


def _under_tables(groups: Sequence[Group], typography: Typography, taken: frozenset[int]) -> set[int]:
    """Return the positions of sentences in small type right under a table: notes to it."""
    found: set[int] = set()
    for place in range(1, len(groups)):
        above, group = groups[place - 1], groups[place]
        last, first = above[-1], group[0]
        is_near = last.page == first.page and 0 <= first.box.y0 - last.box.y1 + first.size < NEAR_TABLE * first.size
        is_note = (is_stand_in(last) or place - 1 in found) and is_near and _is_small(group, typography)
        is_other = is_row(first) or caption_label(first.text) or not group[-1].text.endswith((".", "。"))
        if is_note and place not in taken and not is_other:
            found.add(place)
    return found


def _at_foot(
    groups: Sequence[Group], places: Sequence[int], zone: float, typography: Typography, taken: frozenset[int]
) -> list[int]:
    """Walk up from a column's last piece through the small type, and keep what follows the highest opening."""
    run: list[int] = []
    opening = 0
    lowest = max(groups[place][-1].baseline for place in places)
    for place in reversed(places):
        group = groups[place]
        if (
            place in taken
            or is_stand_in(group[0])
            or group[0].baseline < zone
            or caption_label(group[0].text)
            or not (_is_small(group, typography) or _is_address(group, typography))
        ):
            break
        run.append(place)
        if opens_footnote(group):
            opening = len(run)
    return run[:opening] if run and groups[run[0]][-1].baseline >= lowest - 1 else []


def _is_small(group: Group, typography: Typography) -> bool:
    is_lone_identifier = len(group) == 1 and _IDENTIFIER.match(group[0].text) is not None
    return is_lone_identifier or all(
        line.size < (OTHER_FONT_SIZE if line.font != typography.body_font else FOOTNOTE_SIZE) * typography.body_size
        for line in group[:2]
    )


def _is_address(group: Group, typography: Typography) -> bool:
    """Return whether an author's address stands on the first pages in a font of its own, such as italics."""
    return (
        len(group) <= LONGEST_ADDRESS
        and group[0].page <= 2
        and all(line.font != typography.body_font for line in group[:2])
        and any(_MAIL.search(line.text) for line in group)
    )


def opens_footnote(group: Group) -> bool:
    """Return whether a group begins as footnotes do: with a mark and words, or with what stands there by custom.

    An author's address, which has a mail address in it, stands at a column's foot in many journals without a mark.
    """
    text = " ".join(line.text for line in group[:3])
    if any(_MAIL.search(line.text) for line in group):
        return True
    if sum(map(str.isalpha, text)) < FEWEST_LETTERS or is_row(group[0]):
        return False
    return FOOTNOTE_MARK.match(text) is not None or _OPENS.match(text) is not None
