"""Listings of programs and algorithms: told from prose by their type or their steps, and kept line by line.

A listing's lines never become sentences of the text around it, and its indentation survives as spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.document import Line
from ingest.pdf.geometry import Frame
from ingest.pdf.lettering import HYPHEN_AT_LINE_END
from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import caption_label, is_stand_in

Group = Sequence[TextLine]

LISTING_LABELS = frozenset({"algorithm", "listing", "アルゴリズム"})
LARGEST_STEP = 3.0
"""In ems: an empty line inside a listing leaves no more between two baselines."""
STEP_SHARE = 0.4
"""Share of an algorithm's lines that begin as steps do."""
SPACE_WIDTH = 0.5
"""In ems: what one space of indentation stands for."""
DEEPEST_INDENT = 40
_TYPEWRITER = re.compile(
    r"cm(?:sl|it|csc)?tt|(?:^|\+)(?:sf|ec|tc|la)tt|mono(?!type)|courier|typewriter|consol|menlo|sourcecode|"
    r"letter ?gothic|lucida\w*-?typ|(?:^|\+)pcr[rb]",
    re.I,
)
_CODE_MARK = re.compile(r"[(){}\[\]=;<>_#|\\]|::|->|//")
_STEP = re.compile(
    r"^(?:\d{1,3}[:.)]?\s+)?(?:for(?:each| each| all)?|while|if|else|elseif|end|return|repeat|until|do|then|input|"
    r"output|require|ensure|function|procedure|begin|switch|case|loop|goto|set|let|initiali[sz]e|compute)\b|"
    r"^\d{1,3}:\s|←|:=",
    re.I,
)


def join_listings(groups: Sequence[Group]) -> tuple[list[Group], frozenset[int]]:
    """Return the groups with each listing's lines in one group, and the positions of the listings."""
    joined: list[Group] = []
    listings: set[int] = set()
    in_algorithm = False
    for group in groups:
        is_caption = caption_label(group[0].text) in LISTING_LABELS
        is_near = bool(joined) and _is_near(joined[-1], group)
        is_open = is_near and len(joined) - 1 in listings
        in_algorithm = in_algorithm and (is_near or is_open) and not is_caption
        is_code = is_typewriter(group, is_open=is_open) or (in_algorithm and _is_algorithm(group))
        if is_code and is_open:
            joined[-1] = (*joined[-1], *group)
            continue
        if is_code:
            listings.add(len(joined))
        joined.append(group)
        in_algorithm = is_caption or (in_algorithm and is_code)
    return joined, frozenset(listings)


def is_typewriter(group: Group, *, is_open: bool = False) -> bool:
    """Return whether all lines are set in typewriter type and read as a program, not as a name within a sentence.

    `is_open` says that a listing stands right above.
    """
    if any(_TYPEWRITER.search(line.font) is None or is_stand_in(line) for line in group):
        return False
    marks = sum(len(_CODE_MARK.findall(line.text)) for line in group)
    return is_open or len(group) > 2 or (marks >= len(group) and not group[-1].text.endswith((".", ",")))


def _is_algorithm(group: Group) -> bool:
    return sum(_STEP.search(line.text) is not None for line in group) >= STEP_SHARE * len(group)


def _is_near(before: Group, group: Group) -> bool:
    last, first = before[-1], group[0]
    is_same = (last.page, last.column) == (first.page, first.column) and not is_stand_in(last)
    return is_same and 0 < first.baseline - last.baseline < LARGEST_STEP * max(first.size, last.size)


def listing_text(lines: Sequence[TextLine], *, frames: Sequence[Frame]) -> tuple[str, tuple[Line, ...]]:
    """Return a listing's text, one line a line with its indentation as spaces, and where each stands in it."""
    edges: dict[tuple[int, str], float] = {}
    for line in lines:
        place = (line.page, line.column)
        edges[place] = min(edges.get(place, line.box.x0), line.box.x0)
    text = ""
    placed: list[Line] = []
    for line in lines:
        indent = (line.box.x0 - edges[line.page, line.column]) / (SPACE_WIDTH * max(line.size, 1.0))
        text += ("\n" if text else "") + " " * (min(round(indent), DEEPEST_INDENT) if text else 0)
        words = line.text.replace(HYPHEN_AT_LINE_END, "-")
        placed.append(Line(len(text), len(text) + len(words), line.page, frames[line.page - 1].show(line.box)))
        text += words
    return text, tuple(placed)
