"""A table's words and rules to its cells, or to nothing where they do not agree: better no table than a wrong one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from indexes.records import Box
from ingest.pdf.tables.columns import Gap, PieceOfLine, find_gaps, narrowed, pieces_of
from ingest.pdf.tables.headers import header_levels
from ingest.pdf.tables.rows import (
    FULL_SHARE,
    LineOfTable,
    bands_of,
    header_count,
    is_figure,
    is_leader,
    is_number,
    rows_of,
)
from ingest.pdf.tables.rulings import Rule, Rulings
from ingest.pdf.tables.words import Word, lines_of_words

MOST_ROWS = 400
MOST_CELLS = 4000
LEAST_FILLED = 0.3
"""Share of the body's cells that hold something; below, the columns found are none."""
LEAST_FULL = 0.3
"""Share of the body's rows that have cells in two columns or more; the rest are names of groups."""
MOST_CROSSING = 0.2
"""Share of the body's rows whose text may run over a column's edge."""
ROW_RULE_SHARE = 0.5
LONGEST_CELL = 400
"""Characters on average: longer cells are columns of prose."""
FEWEST_BODY_ROWS = 2
STUB_SHARE = 0.3
MIDDLE = 0.1
"""Share of the table's width by which the middle of a group's name may be off the table's."""

_MEASURE = re.compile(r"\d\s?%|\d\s+[µμ]?[a-zA-Z]{1,3}$|^[<>≤≥±+−–-]?\d+\.\d+$")
"""A figure with a unit or a fraction: a value, not the name of a row."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell's place in rows and columns, and its pieces from the top down."""

    row: int
    column: int
    row_span: int
    column_span: int
    is_header: bool
    pieces: tuple[PieceOfLine, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's cells, row by row, each row from left to right."""

    row_count: int
    column_count: int
    cells: tuple[GridCell, ...]


def grid_of(words: Sequence[Word], rulings: Rulings, area: Box, *, is_ruled: bool) -> Grid | None:
    """Return the table that the words in the area make, or None where rows and columns cannot be told."""
    everything = lines_of_words(list(words))
    lines = [line for line in everything if not is_leader(line)]
    if not 2 <= len(lines) <= MOST_ROWS:
        return None
    rules = [rule for rule in rulings.across if _is_inside(rule, area.x0, area.x1, area.y0, area.y1)]
    rules += [Rule(line[0].box.x0, line[-1].box.x1, _baseline(line)) for line in everything if is_leader(line)]
    rules.sort(key=lambda rule: rule.at)
    bars = [bar for bar in rulings.down if _is_inside(bar, area.y0, area.y1, area.x0, area.x1)]
    bands = bands_of(lines, rules, share=FULL_SHARE)
    heads = header_count(lines, bands)
    size = median(word.size for line in lines for word in line)
    gaps = find_gaps(lines[heads:], bars, size=size)
    if not gaps:
        return None
    gaps = narrowed(gaps, lines[:heads], size=size)
    is_grid = any(gap.is_ruled for gap in gaps) or len(rules) > 0.6 * (len(lines) - heads) + 2
    row_bands = bands_of(lines, rules, share=ROW_RULE_SHARE) if is_grid else bands
    table = [
        LineOfTable(tuple(pieces_of(line, gaps)), _baseline(line), max(word.size for word in line), band, group)
        for line, band, group in zip(lines, row_bands, bands, strict=True)
    ]
    body = rows_of(table[heads:], columns=len(gaps) + 1, is_grid=is_grid)
    if not _is_plausible(body, gaps, is_ruled=is_ruled):
        return None
    return _composed(table[:heads], body, rules, gaps)


def _is_inside(rule: Rule, start: float, end: float, low: float, high: float) -> bool:
    shared = min(rule.end, end) - max(rule.start, start)
    return low - 3 <= rule.at <= high + 3 and shared >= 0.7 * rule.length


def _baseline(line: Sequence[Word]) -> float:
    return max(line, key=lambda word: word.size).baseline


def _is_plausible(body: Sequence[Sequence[LineOfTable]], gaps: Sequence[Gap], *, is_ruled: bool) -> bool:
    columns = len(gaps) + 1
    pieces = [piece for row in body for line in row for piece in line.pieces]
    full = [row for row in body if len({piece.first for line in row for piece in line.pieces}) >= 2]
    if len(full) < (FEWEST_BODY_ROWS if is_ruled else FEWEST_BODY_ROWS + 1):
        return is_ruled and len(full) == len(body) == 1 and columns >= 3
    crossing = sum(
        any(piece.first != piece.last for piece in line.pieces) and len(line.pieces) > 1 for row in body for line in row
    )
    filled = sum(len({piece.first for line in row for piece in line.pieces}) for row in full)
    letters = sum(len(piece.text) for piece in pieces)
    return (
        crossing <= max(1, MOST_CROSSING * sum(map(len, body)))
        and filled >= LEAST_FILLED * len(full) * columns
        and len(body) * columns <= MOST_CELLS
        and letters <= LONGEST_CELL * len(pieces)
        and len(full) >= LEAST_FULL * len(body)
    )


def _composed(
    header: Sequence[LineOfTable],
    body: Sequence[Sequence[LineOfTable]],
    rules: Sequence[Rule],
    gaps: Sequence[Gap],
) -> Grid:
    lines = [*header[-1:], *(line for row in body for line in row)]
    extents = _extents([piece for line in lines for piece in line.pieces], gaps)
    cells: list[GridCell] = []
    levels = header_levels(header, rules, extents)
    for row, level in enumerate(levels):
        for span in level:
            cells.append(GridCell(row, span.first, 1, span.last - span.first + 1, True, span.pieces))
    rows = [_row_cells(row, len(levels) + place, len(gaps) + 1, extents) for place, row in enumerate(body)]
    rows = _with_stubs(_with_group_names(rows, body), body, columns=len(gaps) + 1)
    rows = _with_later_heads(_without_last_groups(rows), body)
    cells += [cell for row in rows for cell in row]
    return Grid(len(levels) + len(body), len(gaps) + 1, tuple(cells))


def _extents(pieces: Sequence[PieceOfLine], gaps: Sequence[Gap]) -> list[tuple[float, float]]:
    """Return each column's ink, or the room between its gaps where it has none."""
    left, right = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    edges = [left, *(gap.middle for gap in gaps), right]
    found = []
    for column in range(len(gaps) + 1):
        own = [piece for piece in pieces if piece.first == piece.last == column]
        x0 = min((piece.x0 for piece in own), default=edges[column])
        x1 = max((piece.x1 for piece in own), default=edges[column + 1])
        found.append((x0, x1))
    return found


def _is_group_name(cell: GridCell, columns: int, extents: Sequence[tuple[float, float]]) -> bool:
    """Return whether a row's only cell heads the rows after it: it begins the row, or stands in its middle."""
    if is_number(_text(cell)):
        return False
    if cell.column == 0 or cell.column_span > 1:
        return True
    width = extents[-1][1] - extents[0][0]
    middle = (min(piece.x0 for piece in cell.pieces) + max(piece.x1 for piece in cell.pieces)) / 2
    return columns > 2 and abs(middle - (extents[0][0] + extents[-1][1]) / 2) < MIDDLE * width


def _row_cells(
    row: Sequence[LineOfTable], place: int, columns: int, extents: Sequence[tuple[float, float]]
) -> list[GridCell]:
    by_column: dict[int, list[PieceOfLine]] = {}
    for line in row:
        for piece in line.pieces:
            by_column.setdefault(piece.first, []).append(piece)
    cells = [
        GridCell(place, first, 1, max(piece.last for piece in pieces) - first + 1, False, tuple(pieces))
        for first, pieces in sorted(by_column.items())
    ]
    if len(cells) == 1 and columns > 1 and _is_group_name(cells[0], columns, extents):
        return [replace(cells[0], column=0, column_span=columns, is_header=True)]
    return cells


def _text(cell: GridCell) -> str:
    return " ".join(piece.text for piece in cell.pieces)


def _with_stubs(
    rows: list[list[GridCell]], body: Sequence[Sequence[LineOfTable]], *, columns: int
) -> list[list[GridCell]]:
    """Mark the first column's cells as their rows' headers; one that stands before empty ones holds for those, too."""
    stubs = _stub_columns(rows, columns)
    marked: list[list[GridCell]] = []
    for place, row in enumerate(rows):
        cells = []
        for cell in row:
            if cell.column >= stubs or cell.column_span == columns:
                cells.append(cell)
                continue
            span = 1
            if cell.column == 0 and stubs < columns:
                span = _empty_below(rows, body, place)
            cells.append(replace(cell, is_header=True, row_span=span))
        marked.append(cells)
    return marked


def _with_group_names(rows: list[list[GridCell]], body: Sequence[Sequence[LineOfTable]]) -> list[list[GridCell]]:
    """Move the one name that stands in the middle of its group, between two rules, to the group's first row."""
    moved = [list(row) for row in rows]
    start = 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and body[stop][0].group == body[start][0].group:
            stop += 1
        named = [place for place in range(start, stop) if rows[place][0].column == 0]
        is_whole = start > 0 or stop < len(rows)
        if is_whole and len(named) == 1 and named[0] > start and len(rows[named[0]]) > 1:
            cell = moved[named[0]].pop(0)
            moved[start].insert(0, replace(cell, row=cell.row - (named[0] - start)))
        start = stop
    return moved


def _stub_columns(rows: Sequence[Sequence[GridCell]], columns: int) -> int:
    """Return how many leading columns name rows: one; two where the first leaves rows unnamed and the second names."""
    plain = [row for row in rows if not (len(row) == 1 and row[0].column_span == columns)]
    if not plain or columns < 2:
        return 0
    first = [cell for row in plain for cell in row if cell.column == 0]
    measures = sum(_MEASURE.search(_text(cell)) is not None for cell in first)
    if measures > 0.5 * len(first):
        return 0
    if len(first) < STUB_SHARE * len(plain):
        return 0 if not first else 1
    if len(first) < 0.75 * len(plain) and columns > 2:
        second = [cell for row in plain for cell in row if cell.column == 1]
        if len(second) >= 0.9 * len(plain) and sum(is_number(_text(cell)) for cell in second) < 0.3 * len(second):
            return 2
    return 1


def _without_last_groups(rows: list[list[GridCell]]) -> list[list[GridCell]]:
    """Return the rows with lone cells at the table's end as what they are: there is nothing after them to head."""
    stop = len(rows)
    while stop > 0 and len(rows[stop - 1]) == 1:
        stop -= 1
    last = [[replace(cell, column_span=1) for cell in row] for row in rows[stop:]]
    return [*rows[:stop], *last]


def _with_later_heads(rows: list[list[GridCell]], body: Sequence[Sequence[LineOfTable]]) -> list[list[GridCell]]:
    """Mark rows between two rules of their own that hold words over columns of figures: they name columns anew."""
    groups = [row[0].group for row in body]
    words = [not any(is_figure(_text(cell)) for cell in row) for row in rows]
    if sum(words) > 0.5 * len(rows):
        return rows
    marked = []
    for place, row in enumerate(rows):
        is_alone = groups.count(groups[place]) == 1 and place + 1 < len(rows) and not words[place + 1]
        if words[place] and is_alone and len(row) >= 2:
            row = [replace(cell, is_header=True) for cell in row]
        marked.append(row)
    return marked


def _empty_below(rows: Sequence[Sequence[GridCell]], body: Sequence[Sequence[LineOfTable]], place: int) -> int:
    """Return over how many rows the first cell of row `place` stands: those after it without one, within its band.

    Where a band's first row has no such cell, its names stand in the middle of their groups, and which rows they
    hold for is not told here.
    """
    band = body[place][0].group
    start = place
    while start > 0 and body[start - 1][0].group == band:
        start -= 1
    if rows[start][0].column != 0:
        return 1
    stop = place + 1
    while stop < len(rows) and body[stop][0].group == band and rows[stop] and rows[stop][0].column > 0:
        stop += 1
    return stop - place
