"""A table's header lines to header cells: levels, and which columns each cell of an upper level stands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.tables.columns import PieceOfLine
from ingest.pdf.tables.rows import LineOfTable
from ingest.pdf.tables.rulings import Rule

CENTRED = 4.0
"""Points by which a cell may stand off the middle of the columns that it spans."""

SAME_LEVEL = 0.9
"""In ems: names that stand half a line lower beside cells of two levels begin no level of their own."""


@dataclass(frozen=True, slots=True)
class Span:
    """A header cell of one level: its pieces from the top down and the columns that it stands over."""

    pieces: tuple[PieceOfLine, ...]
    first: int
    last: int


def header_levels(
    lines: Sequence[LineOfTable], rules: Sequence[Rule], extents: Sequence[tuple[float, float]]
) -> list[list[Span]]:
    """Return the header's levels from the top down.

    Args:
        lines: the header's.
        rules: the horizontal rules of the table, short ones too: one under a cell says how far it reaches.
        extents: left and right edge of each column's ink.
    """
    levels = _levels(lines, rules)
    spans: list[list[Span]] = []
    for place, level in enumerate(levels):
        if place + 1 == len(levels):
            spans.append(_columns_alone(level))
            continue
        below = {c for line in levels[place + 1] for piece in line.pieces for c in range(piece.first, piece.last + 1)}
        spans.append(_reaching(level, levels[place + 1][0].baseline, rules, extents, below))
    return spans


def _levels(lines: Sequence[LineOfTable], rules: Sequence[Rule]) -> list[list[LineOfTable]]:
    """Part the lines where a rule stands between or a cell spans columns; else they are one level's wrapped words."""
    levels: list[list[LineOfTable]] = []
    for line in lines:
        if levels and _stands_between(levels[-1], line):
            levels[-1].append(line)
        elif not levels or _is_parted(levels[-1], line, rules):
            levels.append([line])
        else:
            levels[-1].append(line)
    return levels


def _stands_between(level: Sequence[LineOfTable], line: LineOfTable) -> bool:
    """Return whether a line names other columns than the level's and is set next to no lower."""
    taken = {column for part in level for piece in part.pieces for column in range(piece.first, piece.last + 1)}
    is_low = line.baseline - level[0].baseline < SAME_LEVEL * line.size
    return is_low and not any(piece.first in taken for piece in line.pieces)


def _is_parted(level: Sequence[LineOfTable], line: LineOfTable, rules: Sequence[Rule]) -> bool:
    before = level[0]
    own = {piece.first for piece in line.pieces}
    top, bottom = before.baseline - 0.2 * before.size, line.baseline - 0.3 * line.size
    if any(top < rule.at < bottom for rule in rules):
        return True
    if any(piece.first != piece.last for part in level for piece in part.pieces):
        return True
    return (
        any(piece.first not in own for piece in before.pieces)
        and len(own) > len(before.pieces) >= 1
        and (_is_centred_over(before, line))
    )


def _is_centred_over(before: LineOfTable, line: LineOfTable) -> bool:
    """Return whether an upper cell stands in the middle over two cells below rather than over one of them."""
    for piece in before.pieces:
        middle, size = (piece.x0 + piece.x1) / 2, before.size
        if not any(part.x0 - 0.3 * size < middle < part.x1 + 0.3 * size for part in line.pieces):
            near = sorted(line.pieces, key=lambda part: abs((part.x0 + part.x1) / 2 - middle))[:2]
            if len(near) == 2 and abs(sum(part.x0 + part.x1 for part in near) / 4 - middle) < size:
                return True
    return False


def _columns_alone(level: Sequence[LineOfTable]) -> list[Span]:
    cells: dict[int, list[PieceOfLine]] = {}
    for line in level:
        for piece in line.pieces:
            cells.setdefault(piece.first, []).append(piece)
    return [Span(tuple(pieces), first, max(piece.last for piece in pieces)) for first, pieces in sorted(cells.items())]


def _reaching(
    level: Sequence[LineOfTable],
    next_baseline: float,
    rules: Sequence[Rule],
    extents: Sequence[tuple[float, float]],
    below: set[int],
) -> list[Span]:
    """Return an upper level's cells with the columns they stand over: by the rule under them, else by their centre."""
    cells = _columns_alone(level)
    whole = (extents[0][0] + extents[-1][1]) / 2
    if len(cells) == 1 and cells[0].first > 0 and abs(_middle(cells[0]) - whole) <= 2 * CENTRED and 0 in below:
        return [Span(cells[0].pieces, 0, len(extents) - 1)]
    taken = {column for cell in cells for column in range(cell.first, cell.last + 1)}
    found = []
    for place, cell in enumerate(cells):
        low = cells[place - 1].last + 1 if place else 0
        high = cells[place + 1].first - 1 if place + 1 < len(cells) else len(extents) - 1
        middle = _middle(cell)
        baseline = cell.pieces[-1].words[0].baseline
        near = (one for one in rules if baseline - 2 < one.at < next_baseline)
        rule = next((one for one in near if one.start - 2 < middle < one.end + 2), None)
        is_shared = rule is not None and sum(rule.start < _middle(other) < rule.end for other in cells) > 1
        if rule is not None and not is_shared and rule.length < 0.97 * (extents[-1][1] - extents[0][0]):
            covered = [c for c in range(len(extents)) if rule.start - 3 < sum(extents[c]) / 2 < rule.end + 3]
        else:
            free = below - (taken - set(range(cell.first, cell.last + 1))) - {0}
            if is_shared and rule is not None:
                free &= {c for c in free if rule.start - 3 < sum(extents[c]) / 2 < rule.end + 3}
            covered = _centred(cell, middle, range(low, high + 1), extents, free)
        covered = [c for c in covered if c in below] or list(range(cell.first, cell.last + 1))
        found.append(Span(cell.pieces, min(covered), max(covered)))
    return found


def _middle(cell: Span) -> float:
    return (min(piece.x0 for piece in cell.pieces) + max(piece.x1 for piece in cell.pieces)) / 2


def _centred(
    cell: Span, middle: float, reach: range, extents: Sequence[tuple[float, float]], free: set[int]
) -> list[int]:
    """Return the widest run of free columns around the cell's own that has its middle; else the nearest to it."""
    best = list(range(cell.first, cell.last + 1))
    best_off = abs((extents[cell.first][0] + extents[cell.last][1]) / 2 - middle)
    if not any(column in free for column in best):
        return best
    low = cell.first
    while low > reach.start and low - 1 in free:
        low -= 1
    high = cell.last
    while high < reach.stop - 1 and high + 1 in free:
        high += 1
    for first in range(low, cell.first + 1):
        for last in range(cell.last, high + 1):
            off = abs((extents[first][0] + extents[last][1]) / 2 - middle)
            is_wider = last - first + 1 > len(best) and off <= CENTRED
            if off < best_off - CENTRED or is_wider:
                best, best_off = list(range(first, last + 1)), off
    return best
