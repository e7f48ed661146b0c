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
_OPENS = re.compile(
    r"^(?:permission to (?:make|copy)|copyright\b|©|\(c\) |corresponding author|correspondence\b|e-?mails?\b|"
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
_MAIL = re.compile(r"\S@\S+\.\w")


def is_notice(group: Group) -> bool:
    """Return whether small print only says where a paper appeared and what may be done with it."""
    return _NOTICE.match(group[0].text) is not None or _IDENTIFIER.match(group[0].text) is not None


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
    for (page, _), places in columns.items():
        found.update(_at_foot(groups, places, FOOTNOTE_ZONE * heights[page - 1], typography, taken))
    return frozenset(found)


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
            or not _is_small(group, typography)
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
