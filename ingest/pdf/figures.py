"""Lettering of figures: axis ticks, legends and node names, told from prose by where they stand and how short they are.

Knows no drawing: a figure is the run of short pieces that leads up to its caption (or away from it, where the caption
stands above).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import caption_label, is_equation, is_list_item, is_stand_in, word_count
from ingest.pdf.typography import Typography

Group = Sequence[TextLine]

FIGURE_LABELS = frozenset({"figure", "fig", "scheme", "chart", "plate", "図"})
TABLE_LABELS = frozenset({"table", "tab", "表"})
FIGURE_LINE = 7
"""Words a line; prose has more in all but its last lines."""
FULL_LINE = 0.75
"""Share of the column's width that a paragraph's lines take; lettering is narrower."""
SMALL = 0.93
"""Relative to the body."""
LONGEST_RUN = 400
"""Pieces before one caption that may belong to its figure."""
_SENTENCE = re.compile(r"[a-z]{2,}[.。]$")
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,4}[.:]?|[IVX]{1,5}\.|[A-H](?:\.\d{1,2})*[.:]?)\s+[A-Z][a-zA-Z]{3,}")


def find_lettering(groups: Sequence[Group], *, typography: Typography) -> frozenset[int]:
    """Return the positions of the groups that are lettering of a figure with a caption.

    Args:
        groups: the body's, in reading order.
        typography: the document's type.
    """
    found: set[int] = set()
    for place, group in enumerate(groups):
        if caption_label(group[0].text) not in FIGURE_LABELS:
            continue
        before = _run(groups, range(place - 1, max(-1, place - LONGEST_RUN), -1), group, typography)
        found.update(before)
        if not before:
            found.update(_small(groups, place, typography))
    return frozenset(found)


def _run(groups: Sequence[Group], places: range, caption: Group, typography: Typography) -> list[int]:
    """Return the pieces above a caption, in each column under which it stands up to the first that reads as prose."""
    run: list[int] = []
    closed: set[str] = set()
    first = caption[0]
    for place in places:
        group = groups[place]
        column = group[0].column
        if group[0].page != first.page or first.column in closed or "" in closed:
            break
        is_above = group[0].baseline < first.baseline and _shares_column(column, first.column)
        if not is_above or any(column.startswith(path) for path in closed):
            continue
        if caption_label(group[0].text) in TABLE_LABELS:  # a table stands above: its rows look the same
            run = [other for other in run if groups[other][0].column != column]
            closed.add(column)
        elif reads_as_lettering(group, typography):
            run.append(place)
        else:
            closed.add(column)
    return run


def _shares_column(column: str, caption: str) -> bool:
    """Return whether one of two columns is the other or a part of it ("" is the whole width)."""
    return column.startswith(caption) or caption.startswith(column)


def _small(groups: Sequence[Group], place: int, typography: Typography) -> list[int]:
    """Return the pieces after a caption above its figure: in smaller type only, for body text follows too."""
    run: list[int] = []
    for following in range(place + 1, min(len(groups), place + LONGEST_RUN)):
        group = groups[following]
        is_small = group[0].size < SMALL * typography.body_size
        if group[0].page != groups[place][0].page or not is_small or not reads_as_lettering(group, typography):
            break
        run.append(following)
    return run


def reads_as_lettering(group: Group, typography: Typography) -> bool:
    """Return whether a group's lines are too short and too loose to be prose, a heading or a formula."""
    text = " ".join(line.text for line in group)
    first = group[0]
    if is_stand_in(first):
        return False
    if is_stand_in(first):
        return False
    if caption_label(first.text) or (_NUMBERED.match(first.text) and _is_set_off(group, typography)):
        return False
    if word_count(text) > FIGURE_LINE * len(group) or (_SENTENCE.search(text) and word_count(text) > FIGURE_LINE):
        return False
    if first.size < SMALL * typography.body_size:
        return True
    if is_list_item(first) or any(is_equation(line) for line in group):
        return False
    width = max(first.margins[1] - first.margins[0], 1.0)
    is_wide = any(line.box.x1 - line.box.x0 > FULL_LINE * width and len(line.cells) == 1 for line in group)
    return (
        not is_wide and (first.font != typography.body_font or len(group) == 1) and not _is_set_off(group, typography)
    )


def _is_set_off(group: Group, typography: Typography) -> bool:
    """Return whether the lines stand out as a heading's do."""
    first = group[0]
    return (
        first.bold > 0.6 or first.size > 1.07 * typography.body_size or (first.text.isupper() and len(first.text) > 4)
    )
