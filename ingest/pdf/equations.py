"""Displayed equations among a page's lines: numerators, limits and numbers of one display together, apart from prose.

What is drawn inside a line of prose (a sum's limits, a small fraction) is not displayed and stays in its paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.lines import TextLine
from ingest.pdf.paragraphs import group_lines
from ingest.pdf.shapes import (
    EQUATION_NUMBER,
    MATH_SHARE,
    caption_label,
    is_equation,
    is_list_item,
    is_stand_in,
    word_count,
)
from ingest.pdf.typography import Typography

REACH = 0.45
"""In ems of the body: the white between two lines of one display is at most this."""
MOST_WORDS = 3
"""Words in a line that belongs to a display without being an equation itself ("if", "otherwise", "subject to")."""
MOSTLY = 0.4
"""Share of mathematical type and signs from which a line beside an equation is part of it, whatever its width."""
WIDEST = 0.8
"""Share of the column's width that such a line may take."""
SMALL = 0.86
"""Relative to the body: limits and exponents are set in smaller type."""
LONGEST_PIECE = 30
"""Characters of a line that is a piece of a formula inside prose; a lone sign (a sum's) may have any size."""
OVERLAP = 0.25
"""Share of a small line's height that lies beside a line of prose where it belongs into it."""


@dataclass(frozen=True, slots=True)
class Formulas:
    """Where formulas stand among lines: `displays` as ranges of positions, `inline` as single ones."""

    displays: tuple[range, ...]
    inline: frozenset[int]


def find_formulas(lines: Sequence[TextLine], *, typography: Typography) -> Formulas:
    """Return the displayed equations, and the lines that are pieces of formulas inside prose."""
    is_seed = [not is_stand_in(line) and is_equation(line) for line in lines]
    seeds = [place for place, is_one in enumerate(is_seed) if is_one]
    inline = frozenset(place for place in seeds if _is_beside_prose(lines, place, is_seed, typography))
    displays: list[range] = []
    for place in seeds:
        floor = displays[-1].stop if displays else 0
        if place >= floor and place not in inline:
            displays.append(_display(lines, place, floor, is_seed=is_seed, inline=inline, typography=typography))
    return Formulas(tuple(displays), inline)


def _display(
    lines: Sequence[TextLine],
    place: int,
    floor: int,
    *,
    is_seed: Sequence[bool],
    inline: frozenset[int],
    typography: Typography,
) -> range:
    """Return the lines around an equation, none before `floor`, that make one display with it."""

    def joins(other: int, beside: int) -> bool:
        return other not in inline and _joins(lines[other], lines[beside], typography, is_seed[other])

    start, stop = place, place + 1
    while start > floor and joins(start - 1, start):
        start -= 1
    while stop < len(lines) and joins(stop, stop - 1):
        stop += 1
    return range(start, stop)


def _joins(line: TextLine, beside: TextLine, typography: Typography, is_seed: bool) -> bool:
    """Return whether a line belongs to the display of the line before or after it."""
    if line.page != beside.page or line.column != beside.column or is_stand_in(line):
        return False
    gap = max(line.box.y0 - beside.box.y1, beside.box.y0 - line.box.y1)
    if gap > REACH * typography.body_size:
        return False
    return is_seed or _is_part(line)


def _is_part(line: TextLine) -> bool:
    """Return whether a line that is no equation by itself can be part of one: set in, short, next to no words."""
    if caption_label(line.text) or is_list_item(line):
        return False
    if EQUATION_NUMBER.match(line.text) or line.math >= MOSTLY:
        return True
    width = line.margins[1] - line.margins[0]
    is_short = line.box.x1 - line.box.x0 <= WIDEST * width
    words = word_count(line.text)
    return (
        is_short
        and line.indent > 1.5
        and line.shortfall > 1.0
        and (words <= 1 or (words <= MOST_WORDS and line.math >= 0.5 * MATH_SHARE))
    )


def _is_beside_prose(lines: Sequence[TextLine], place: int, is_seed: Sequence[bool], typography: Typography) -> bool:
    """Return whether a small line overlaps a line of prose before or after it."""
    line = lines[place]
    is_small = line.size <= SMALL * typography.body_size and len(line.text) <= LONGEST_PIECE
    if not is_small and len(line.text) > 2:
        return False
    height = max(line.box.y1 - line.box.y0, 0.1)
    for other in (place - 1, place + 1):
        if not 0 <= other < len(lines) or is_seed[other] or is_stand_in(lines[other]):
            continue
        near = lines[other]
        shared = min(line.box.y1, near.box.y1) - max(line.box.y0, near.box.y0)
        is_within = near.box.x0 - near.size <= line.box.x0 and line.box.x1 <= near.box.x1 + near.size
        if near.page == line.page and shared >= OVERLAP * height and is_within and word_count(near.text) >= 3:
            return True
    return False


def group_body(lines: Sequence[TextLine], formulas: Formulas, *, typography: Typography) -> list[list[TextLine]]:
    """Return the lines grouped into pieces: each display one, the prose between by its own marks."""
    groups: list[list[TextLine]] = []
    start = 0
    for display in formulas.displays:
        groups += _prose(lines, range(start, display.start), formulas.inline, typography)
        groups.append(list(lines[display.start : display.stop]))
        start = display.stop
    return groups + _prose(lines, range(start, len(lines)), formulas.inline, typography)


def _prose(
    lines: Sequence[TextLine], places: range, inline: frozenset[int], typography: Typography
) -> list[list[TextLine]]:
    """Group lines without the pieces of inline formulas, then put each of these after the line before it."""
    plain = [place for place in places if place not in inline]
    groups = group_lines([lines[place] for place in plain], typography=typography)
    if len(plain) == len(places):
        return groups
    follow: dict[int, list[TextLine]] = {}
    last = -1
    for place in places:
        if place in inline:
            follow.setdefault(last, []).append(lines[place])
        else:
            last = id(lines[place])
    return [
        [
            *(follow.pop(-1, []) if first == 0 else []),
            *(part for line in group for part in (line, *follow.get(id(line), []))),
        ]
        for first, group in enumerate(groups)
    ]
