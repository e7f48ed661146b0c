"""The lines of a head put together again where icons and raised marks tore them: one line for what is read as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.lines import TextLine

SAME_ROW = 2.0
"""Points between the baselines of what stands on one line."""
NARROW = 1.6
"""Ems: a narrower gap is no gutter; an icon behind a name leaves such a one."""
HANGING = 3.5
"""Ems from a hanging mark to its line."""
RAISED = 0.8
"""Ems by which a mark that became a line of its own stands above or below the line it belongs to."""
_MARKS_ALONE = re.compile(r"^[\d\s,;∗*†‡§¶‖#⁺+¹²³⁰⁴-⁹]{1,16}$")


def mended_rows(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the lines with their torn parts joined, in the order of their first parts."""
    rows: list[TextLine] = []
    loose: list[TextLine] = []
    for line in lines:
        if _MARKS_ALONE.match(line.text):
            loose.append(line)
            continue
        place = next((at for at in range(len(rows) - 1, -1, -1) if _goes_on(rows[at], line)), None)
        if place is None:
            rows.append(line)
        else:
            rows[place] = _joined(rows[place], line)
    for mark in loose:
        for at, row in enumerate(rows):
            if _carries(row, mark) or _is_led_by(row, mark):
                rows[at] = _joined(row, mark) if _carries(row, mark) else _joined(mark, row)
                break
    return rows


def _goes_on(row: TextLine, line: TextLine) -> bool:
    """Return whether a line stands right behind another on one baseline."""
    gap = line.box.x0 - row.box.x1
    is_row = row.page == line.page and abs(row.baseline - line.baseline) <= SAME_ROW
    return is_row and -line.size < gap < NARROW * line.size and abs(row.size - line.size) < 0.1 * row.size


def _carries(row: TextLine, mark: TextLine) -> bool:
    """Return whether a raised mark stands behind the line's last word."""
    is_near = row.page == mark.page and abs(row.baseline - mark.baseline) < RAISED * row.size
    return is_near and -1.0 <= mark.box.x0 - row.box.x1 < 2 * NARROW * row.size


def _is_led_by(row: TextLine, mark: TextLine) -> bool:
    """Return whether a mark hangs before the line, as those of addresses in a list do."""
    is_near = row.page == mark.page and abs(row.baseline - mark.baseline) < RAISED * row.size
    return is_near and -1.0 <= row.box.x0 - mark.box.x1 < HANGING * row.size


def _joined(row: TextLine, line: TextLine) -> TextLine:
    last, first = row.cells[-1], line.cells[0]
    box = row.box._replace(x1=line.box.x1)
    cell = replace(last, text=f"{last.text} {first.text}", box=last.box._replace(x1=first.box.x1))
    margins = (min(row.margins[0], line.margins[0]), max(row.margins[1], line.margins[1]))
    cells = (*row.cells[:-1], cell, *line.cells[1:])
    main = row if len(row.text) >= len(line.text) else line
    return replace(main, text=f"{row.text} {line.text}", box=box, cells=cells, margins=margins)
