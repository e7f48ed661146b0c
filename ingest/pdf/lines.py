"""Fragments of a region into lines: rows by baseline, each with its cells, its type and its column's margins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexes.records import Box
from ingest.pdf.columns import Region
from ingest.pdf.fragments import WIDEST_GAP, Fragment, Lead
from ingest.pdf.geometry import share_of

SAME_ROW = 0.5
"""In ems: baselines this close belong to one row."""
ONE_STYLE = 0.98
"""Share of bold or italic characters from which a fragment is all in that style."""
INITIAL_SIZE = 1.8
"""An initial of a paragraph is at least this much larger than the type around it."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page. `cells` are its parts between wide gaps (one, but in tables and numbered equations).

    `margins` are the left and right edge of the column that the line stands in, `lead` what it begins with in another
    style; shares and boxes as in `Fragment`.
    """

    text: str
    page: int
    box: Box
    baseline: float
    size: float
    bold: float
    italic: float
    math: float
    font: str
    column: str
    margins: tuple[float, float]
    cells: tuple[Fragment, ...]
    lead: Lead | None = None

    @property
    def indent(self) -> float:
        """How far the line starts from its column's left edge, in ems."""
        return (self.box.x0 - self.margins[0]) / max(self.size, 1.0)

    @property
    def shortfall(self) -> float:
        """How far the line ends from its column's right edge, in ems."""
        return (self.margins[1] - self.box.x1) / max(self.size, 1.0)


def lines_of(regions: Sequence[Region], *, page: int) -> list[TextLine]:
    """Return the page's lines in reading order."""
    margins = {column: _margins(column, regions) for column in {region.column for region in regions}}
    return [
        _line(row, page=page, column=region.column, margins=margins[region.column])
        for region in regions
        for row in _rows(region.fragments)
    ]


def _margins(column: str, regions: Sequence[Region]) -> tuple[float, float]:
    """Return the edges that a column's wide lines share on this page."""
    boxes = [fragment.box for region in regions if region.column == column for fragment in region.fragments]
    widest = max(box.x1 - box.x0 for box in boxes)
    wide = [box for box in boxes if box.x1 - box.x0 >= 0.6 * widest]
    return share_of(np.array([box.x0 for box in wide]), 0.1), share_of(np.array([box.x1 for box in wide]), 0.9)


def _rows(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """Group fragments whose baselines agree; rows from the top down, each from left to right."""
    rows: list[list[Fragment]] = []
    initials = []
    for fragment in sorted(fragments, key=lambda part: (part.baseline, part.box.x0)):
        if rows and abs(fragment.baseline - rows[-1][0].baseline) <= SAME_ROW * min(fragment.size, rows[-1][0].size):
            rows[-1].append(fragment)
        elif len(fragment.text) == 1 and fragment.text.isalpha() and fragment.text.isupper():
            initials.append(fragment)
        else:
            rows.append([fragment])
    for initial in initials:
        _place_initial(initial, rows)
    return [sorted(row, key=lambda part: part.box.x0) for row in rows]


def _place_initial(initial: Fragment, rows: list[list[Fragment]]) -> None:
    """Put a large first letter before the first of the lines beside it."""
    for row in rows:
        first = row[0]
        is_beside = first.box.y1 > initial.box.y0 + 0.1 * initial.size and first.baseline <= initial.baseline + 1
        if is_beside and initial.size >= INITIAL_SIZE * first.size and first.box.x0 >= initial.box.x0:
            row.append(initial)
            return
    rows.append([initial])
    rows.sort(key=lambda row: row[0].baseline)


def _line(row: list[Fragment], *, page: int, column: str, margins: tuple[float, float]) -> TextLine:
    if len(row) == 1:
        part = row[0]
        return TextLine(
            text=part.text,
            page=page,
            box=part.box,
            baseline=part.baseline,
            size=part.size,
            bold=part.bold,
            italic=part.italic,
            math=part.math,
            font=part.font,
            column=column,
            margins=margins,
            cells=(part,),
            lead=part.lead,
        )
    cells = _joined(row)
    letters = sum(len(part.text) for part in row)
    main = max(row, key=lambda part: len(part.text))
    box = Box(
        min(part.box.x0 for part in row),
        min(part.box.y0 for part in row),
        max(part.box.x1 for part in row),
        max(part.box.y1 for part in row),
    )
    return TextLine(
        text=" ".join(cell.text for cell in cells),
        page=page,
        box=box,
        baseline=main.baseline,
        size=main.size,
        bold=sum(part.bold * len(part.text) for part in row) / letters,
        italic=sum(part.italic * len(part.text) for part in row) / letters,
        math=sum(part.math * len(part.text) for part in row) / letters,
        font=main.font,
        column=column,
        margins=margins,
        cells=tuple(cells),
        lead=cells[0].lead if len(cells) == 1 else None,
    )


def _joined(row: list[Fragment]) -> list[Fragment]:
    """Join neighbours without a wide gap into one cell."""
    cells = [row[0]]
    for part in row[1:]:
        last = cells[-1]
        em = max(last.size, part.size) if len(last.text) > 1 else part.size
        gap = (part.box.x0 - last.box.x1) / max(em, 0.1)
        if gap > WIDEST_GAP:
            cells.append(part)
            continue
        between = " " if gap > 0.15 and not last.text.endswith("\u0002") else ""
        cells[-1] = _merged(last, part, between)
    return cells


def _merged(first: Fragment, second: Fragment, between: str) -> Fragment:
    wider = first if len(first.text) >= len(second.text) else second
    return Fragment(
        text=first.text.replace("\u0002", "-") + between + second.text,
        box=Box(
            first.box.x0,
            min(first.box.y0, second.box.y0),
            max(first.box.x1, second.box.x1),
            max(first.box.y1, second.box.y1),
        ),
        baseline=wider.baseline,
        size=wider.size,
        bold=wider.bold,
        italic=wider.italic,
        math=wider.math,
        font=wider.font,
        order=first.order,
        is_upright=first.is_upright,
        lead=first.lead or _whole_lead(first, second, between),
    )


def _whole_lead(first: Fragment, second: Fragment, between: str) -> Lead | None:
    """Return the first part as a lead when all of it is bold or italic and what follows is not."""
    for is_bold, share, next_share in ((True, first.bold, second.bold), (False, first.italic, second.italic)):
        if share > ONE_STYLE and second.lead and second.lead.is_bold == is_bold:
            return replace(second.lead, text=first.text + between + second.lead.text)
        if share > ONE_STYLE and next_share < 1 - ONE_STYLE:
            gap = (second.box.x0 - first.box.x1) / max(second.size, 0.1)
            return Lead(first.text, first.box.x1, gap, is_bold)
    return None
