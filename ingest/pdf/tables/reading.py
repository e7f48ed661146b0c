"""A page's characters, rules and captions to its tables, and a table to its block.

Only pages with a table's caption are looked at, so that the others cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from indexes.records import Box
from ingest.document import Block, BlockKind, Cell, Line, Table
from ingest.pdf.characters import Glyphs
from ingest.pdf.fragments import Fragment
from ingest.pdf.geometry import Frame
from ingest.pdf.mending import mend
from ingest.pdf.tables.areas import Area, table_areas, table_captions
from ingest.pdf.tables.columns import PieceOfLine
from ingest.pdf.tables.grid import Grid, GridCell, grid_of
from ingest.pdf.tables.rulings import RulingReader
from ingest.pdf.tables.words import words_in

CELL_SEPARATOR = "\t"
MOST_LOST = 0.02
"""Share of a table's characters that may differ between its fragments and its cells; more means text would be lost."""
MOST_CAPTIONS = 12
"""On one page; a page with more is a list of tables."""


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table on a page, in the reading frame: its label, its cells, and the positions of the fragments it is made of.

    `box` bounds its ink, `baseline` and `size` are of its first line.
    """

    label: str
    grid: Grid
    members: frozenset[int]
    box: Box
    baseline: float
    size: float


def find_tables(
    page: pypdfium2.PdfPage, glyphs: Glyphs, fragments: Sequence[Fragment], *, rulings: RulingReader
) -> tuple[PageTable, ...]:
    """Return the tables that stand beside a caption and whose rows and columns can be told, from the top down."""
    captions = table_captions(fragments)
    if not captions or len(captions) > MOST_CAPTIONS:
        return ()
    drawn = rulings.read(page, frame=glyphs.frame)
    glyphs = mend(glyphs)
    found = []
    for area in table_areas(fragments, drawn, captions):
        members = [place for place, part in enumerate(fragments) if part.is_upright and _is_inside(part, area.box)]
        if not members:
            continue
        parts = [fragments[place] for place in members]
        reach = area.box._replace(
            x0=min(area.box.x0, *(part.box.x0 - 1 for part in parts)),
            x1=max(area.box.x1, *(part.box.x1 + 1 for part in parts)),
        )
        grid = grid_of(words_in(glyphs, reach), drawn, reach, is_ruled=area.is_ruled)
        if grid is not None and _keeps_text(grid, parts):
            found.append(_page_table(area, grid, members, parts))
    return tuple(sorted(found, key=lambda table: table.box.y0))


def _is_inside(part: Fragment, area: Box) -> bool:
    x, y = (part.box.x0 + part.box.x1) / 2, part.baseline - 0.3 * part.size
    return area.x0 <= x <= area.x1 and area.y0 <= y <= area.y1


def _keeps_text(grid: Grid, parts: Sequence[Fragment]) -> bool:
    there = sum(_letters(part.text) for part in parts)
    kept = sum(_letters(word.text) for cell in grid.cells for piece in cell.pieces for word in piece.words)
    return abs(there - kept) <= MOST_LOST * there + 2


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _page_table(area: Area, grid: Grid, members: Sequence[int], parts: Sequence[Fragment]) -> PageTable:
    first = min(parts, key=lambda part: part.baseline)
    box = Box(
        min(part.box.x0 for part in parts),
        min(part.box.y0 for part in parts),
        max(part.box.x1 for part in parts),
        max(part.box.y1 for part in parts),
    )
    return PageTable(area.caption.label, grid, frozenset(members), box, first.baseline, first.size)


def table_block(table: PageTable, *, page: int, frame: Frame, section: int | None) -> Block:
    """Return the table's block: one row a line of its text, cells parted by tabs, every line of a cell with its box."""
    text = ""
    lines: list[Line] = []
    cells: list[Cell] = []
    row, column = 0, 0
    for cell in table.grid.cells:
        if cell.row != row:
            text, row, column = text + "\n" * (cell.row - row), cell.row, 0
        text += CELL_SEPARATOR * (cell.column - column)
        column = cell.column
        start = len(text)
        for piece in cell.pieces:
            text += (" " if len(text) > start else "") + piece.text
            box = frame.show(_piece_box(piece))
            lines.append(Line(len(text) - len(piece.text), len(text), page, box))
        cells.append(_cell(cell, start, len(text), page, frame))
    made = Table(table.label, table.grid.row_count, table.grid.column_count, tuple(cells))
    return Block(BlockKind.TABLE, page, text, tuple(lines), section, made)


def _cell(cell: GridCell, start: int, end: int, page: int, frame: Frame) -> Cell:
    boxes = [_piece_box(piece) for piece in cell.pieces]
    whole = Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
    return Cell(
        start=start,
        end=end,
        row=cell.row,
        column=cell.column,
        page=page,
        box=frame.show(whole),
        row_span=cell.row_span,
        column_span=cell.column_span,
        is_header=cell.is_header,
    )


def _piece_box(piece: PieceOfLine) -> Box:
    boxes = [word.box for word in piece.words]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
