"""A table's words to its columns: where no row has ink, or where a vertical rule stands."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.pdf.tables.rulings import Rule
from ingest.pdf.tables.words import Word

NARROWEST = 0.5
"""In ems: whitespace between two columns is at least this wide; a space between words is .25 to .4."""
NARROWEST_OF_NUMBERS = 0.2
"""The same where most rows have a number on either side."""
CELL_GAP = 0.8
"""In ems: a wider gap between two words of one line surely parts two cells."""
WORD_SPACE = 0.42
"""In ems: words this close run on over a column's edge."""
VOTING_SHARE = 0.5
"""Rows with this share of the most cells that a row has say where the columns are; the others span some."""
INK_PER_ROWS = 16
"""A column's edge may be crossed by one row in so many."""
BAR_SHARE = 0.5
"""Share of the table's height from which a vertical rule parts columns."""
MOST_COLUMNS = 60
_STEP = 0.5
_DIGITS = re.compile(r"\d$|^\.?\d")


@dataclass(frozen=True, slots=True)
class Gap:
    """The whitespace between two columns, or the rule there: `bars` are the heights through which it runs."""

    x0: float
    x1: float
    bars: tuple[tuple[float, float], ...] = ()

    @property
    def is_ruled(self) -> bool:
        """Whether a rule parts the columns."""
        return bool(self.bars)

    @property
    def middle(self) -> float:
        """The x that parts the columns."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class PieceOfLine:
    """Words of one line that stand in one cell, from column `first` to `last`."""

    words: tuple[Word, ...]
    first: int
    last: int

    @property
    def text(self) -> str:
        """The words with spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.words[0].box.x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(word.box.x1 for word in self.words)


def find_gaps(lines: Sequence[Sequence[Word]], bars: Sequence[Rule], *, size: float) -> list[Gap]:
    """Return the gaps between columns from left to right.

    Args:
        lines: the body's rows of words (without the header, whose cells may span columns).
        bars: the vertical rules of the table.
        size: the usual type size in points.
    """
    words = [word for line in lines for word in line]
    if not words:
        return []
    left, right = min(word.box.x0 for word in words), max(word.box.x1 for word in words)
    top, bottom = min(word.box.y0 for word in words), max(word.box.y1 for word in words)
    ruled = _bar_places(bars, left, right, top, bottom)
    counts = [_cell_count(line) for line in lines]
    most = sorted(counts)[int(0.9 * (len(counts) - 1))]
    voting = [line for line, count in zip(lines, counts, strict=True) if count >= max(2, VOTING_SHARE * most)]
    white = _white_gaps(voting, left, right, size) if voting else []
    gaps = [Gap(x, x, tuple(pieces)) for x, pieces in ruled.items()]
    needed = 2.4 * NARROWEST if len(ruled) >= 2 else NARROWEST
    for x0, x1 in white:
        is_wide = x1 - x0 >= needed * size or _parts_numbers(voting, x0, x1)
        if is_wide and not any(x0 - 1 <= x <= x1 + 1 for x in ruled):
            gaps.append(Gap(x0, x1))
    gaps.sort(key=lambda gap: gap.middle)
    return _without_empty(gaps, lines) if len(gaps) < MOST_COLUMNS else []


def _parts_numbers(lines: Sequence[Sequence[Word]], x0: float, x1: float) -> bool:
    """Return whether the whitespace stands between two numbers in most lines: no number has a space inside."""
    parted = 0
    for line in lines:
        before = [word for word in line if word.box.x1 <= x0 + 1]
        after = [word for word in line if word.box.x0 >= x1 - 1]
        if before and after and _DIGITS.search(before[-1].text) and _DIGITS.search(after[0].text):
            is_beside = after[0].box.x0 - before[-1].box.x1 < 3 * after[0].size
            parted += is_beside and abs(after[0].size - before[-1].size) < 0.1 * after[0].size
    return parted >= 0.7 * len(lines)


def _bar_places(
    bars: Sequence[Rule], left: float, right: float, top: float, bottom: float
) -> dict[float, list[tuple[float, float]]]:
    """Return the x of the vertical rules that run through most of the table, the outermost left out."""
    found: dict[float, list[tuple[float, float]]] = {}
    lengths: dict[float, float] = {}
    for bar in sorted(bars, key=lambda one: one.at):
        inside = min(bar.end, bottom + 4) - max(bar.start, top - 4)
        if inside <= 0 or not left + 1 < bar.at < right - 1:
            continue
        near = next((x for x in lengths if abs(x - bar.at) <= 3.5), bar.at)
        lengths[near] = lengths.get(near, 0.0) + inside
        found.setdefault(near, []).append((bar.start, bar.end))
    return {x: pieces for x, pieces in found.items() if lengths[x] >= BAR_SHARE * (bottom - top)}


def _without_empty(gaps: list[Gap], lines: Sequence[Sequence[Word]]) -> list[Gap]:
    """Leave out gaps that whitespace makes beside a column of almost no cells of its own."""
    while True:
        own = [0] * (len(gaps) + 1)
        for line in lines:
            for piece in pieces_of(line, gaps):
                own[piece.first] += piece.first == piece.last
        empty = [column for column, count in enumerate(own) if count <= 0.04 * len(lines)]
        edges = [place for column in empty for place in (column - 1, column) if 0 <= place < len(gaps)]
        spare = [place for place in edges if not gaps[place].is_ruled]
        if not spare:
            return gaps
        gaps = gaps[: spare[0]] + gaps[spare[0] + 1 :]


def _cell_count(line: Sequence[Word]) -> int:
    return 1 + sum(
        after.box.x0 - before.box.x1 > CELL_GAP * max(before.size, after.size)
        for before, after in itertools.pairwise(line)
    )


def _white_gaps(lines: Sequence[Sequence[Word]], left: float, right: float, size: float) -> list[tuple[float, float]]:
    """Return the runs of x where next to no line has ink."""
    width = int((right - left) / _STEP) + 2
    ink = np.zeros(width, dtype=np.int64)
    for line in lines:
        row = np.zeros(width, dtype=bool)
        for word in line:
            row[int((word.box.x0 - left) / _STEP) : int((word.box.x1 - left) / _STEP) + 1] = True
        ink += row
    is_white = np.concatenate(([False], ink <= len(lines) // INK_PER_ROWS, [False]))
    edges = np.flatnonzero(np.diff(is_white.astype(np.int8)))
    return [
        (left + start * _STEP, left + stop * _STEP)
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if start > 0 and stop < width - 1 and (stop - start) * _STEP >= NARROWEST_OF_NUMBERS * size
    ]


def narrowed(gaps: Sequence[Gap], lines: Sequence[Sequence[Word]], *, size: float) -> list[Gap]:
    """Return the gaps without what the given lines (the header's) reach into them from either side.

    A heading is often wider than its column's cells; what parts it from the next one is then not the body's middle.
    """
    runs = [run for line in lines for run in _runs(line)]
    found = []
    for gap in gaps:
        x0, x1 = gap.x0, gap.x1
        for left, right in runs:
            if gap.is_ruled or right <= x0 or left >= x1 or (left <= x0 and right >= x1):
                continue
            if (left + right) < (x0 + x1):
                x0 = right if right + 0.2 * size < x1 else x0
            else:
                x1 = left if x0 + 0.2 * size < left else x1
        found.append(Gap(x0, x1, gap.bars))
    return found


def _runs(line: Sequence[Word]) -> list[tuple[float, float]]:
    """Return the extents of a line's words that stand a space apart."""
    runs: list[tuple[float, float]] = []
    for word in line:
        if runs and word.box.x0 - runs[-1][1] < CELL_GAP * word.size:
            runs[-1] = (runs[-1][0], word.box.x1)
        else:
            runs.append((word.box.x0, word.box.x1))
    return runs


def pieces_of(line: Sequence[Word], gaps: Sequence[Gap]) -> list[PieceOfLine]:
    """Cut a line of words at the gaps; words that run on over a gap stay together and span its columns."""
    pieces: list[PieceOfLine] = []
    for word in line:
        first, last = _columns_of(word, gaps)
        if pieces and _runs_on(pieces[-1], word, first, gaps):
            before = pieces[-1]
            pieces[-1] = PieceOfLine((*before.words, word), before.first, max(before.last, last))
        else:
            pieces.append(PieceOfLine((word,), first, last))
    return pieces


def _columns_of(word: Word, gaps: Sequence[Gap]) -> tuple[int, int]:
    first = sum(gap.middle <= word.box.x0 + 1.5 for gap in gaps)
    last = sum(gap.middle < word.box.x1 - 1.5 for gap in gaps)
    return first, max(first, last)


def _runs_on(before: PieceOfLine, word: Word, first: int, gaps: Sequence[Gap]) -> bool:
    if before.last >= first:
        return True
    distance = word.box.x0 - before.x1
    middle = word.baseline - 0.3 * word.size
    is_ruled = any(y0 < middle < y1 for gap in gaps[before.last : first] for y0, y1 in gap.bars)
    narrowest = min((gap.x1 - gap.x0 for gap in gaps[before.last : first] if not gap.bars), default=0.0)
    space = WORD_SPACE * max(word.size, before.words[-1].size)
    return not is_ruled and distance < (min(space, 0.8 * narrowest) if narrowest else space)
