"""The cells of a Markdown or HTML table to a block's text and its table; and the label that a caption gives a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.characters import storable
from ingest.document import Block, BlockKind, Cell, Table

SEPARATOR = " | "
MOST_CELLS = 4000
"""A larger table keeps its text, row by row, and is given no cells: its statements would be a book."""
WIDEST_SPAN = 200
_LABEL = re.compile(
    r"(?P<before>(?:supplementary|extended data)\s+)?(?:(?P<latin>table|tab\.)\s*|(?P<cjk>表)\s*)"
    r"(?P<number>\d+(?:[.\-]\d+)*[a-z]?|[IVX]+\b|S\d+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GivenCell:
    """A cell as its source gives it; its place follows from the cells before it."""

    text: str
    row_span: int = 1
    column_span: int = 1
    is_header: bool = False


def table_text(rows: Sequence[Sequence[GivenCell]]) -> tuple[str, Table | None]:
    """Return the rows as lines of text, and the table whose cells are slices of it; None where it is too large.

    Where no cell of the body is marked as a header, its first column names its rows.
    """
    placed = _placed(rows)
    width = max((column + cell.column_span for row in placed for column, cell in row), default=0)
    lines: list[str] = []
    cells: list[Cell] = []
    start = 0
    names_rows = width > 1 and not any(cell.is_header for row in placed[_head_count(rows) :] for _, cell in row)
    for number, row in enumerate(placed):
        line = ""
        for place, (column, cell) in enumerate(row):
            line += SEPARATOR if place else ""
            text = " ".join(storable(cell.text).split())
            if text:
                at = start + len(line)
                is_header = cell.is_header or (names_rows and column == 0)
                deep = min(cell.row_span, len(rows) - number)
                cells.append(Cell(at, at + len(text), number, column, 1, None, deep, cell.column_span, is_header))
            line += text
        lines.append(line)
        start += len(line) + 1
    is_small = len(cells) <= MOST_CELLS and len(rows) * width <= 10 * MOST_CELLS
    return "\n".join(lines), Table("", len(rows), width, tuple(cells)) if cells and is_small else None


def _head_count(rows: Sequence[Sequence[GivenCell]]) -> int:
    count = 0
    while count < len(rows) and rows[count] and all(cell.is_header for cell in rows[count]):
        count += 1
    return count


def _placed(rows: Sequence[Sequence[GivenCell]]) -> list[list[tuple[int, GivenCell]]]:
    """Return each cell with its column: the first that no cell before it or above it takes."""
    taken: dict[int, int] = {}  # by column: the first row below the cell that takes it
    placed = []
    for number, row in enumerate(rows):
        line = []
        column = 0
        for cell in row:
            while taken.get(column, 0) > number:
                column += 1
            cell = replace(cell, column_span=min(max(cell.column_span, 1), WIDEST_SPAN), row_span=max(cell.row_span, 1))
            for covered in range(column, column + cell.column_span):
                taken[covered] = number + cell.row_span
            line.append((column, cell))
            column += cell.column_span
        placed.append(line)
    return placed


def label_in(text: str) -> str:
    """Return the label that a caption begins with ("Table 2", "表1"), "" where it begins otherwise."""
    found = _LABEL.match(text)
    if found is None:
        return ""
    if found["cjk"]:
        return f"表{found['number']}"
    before = " ".join((found["before"] or "").split()).title()
    return f"{before} Table {found['number']}".strip()


def labelled(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with each table named by the caption before it, or else the one after it."""
    named = list(blocks)
    used: set[int] = set()
    for place, block in enumerate(blocks):
        if block.table is None or block.table.label:
            continue
        for other in (place - 1, place + 1):
            is_caption = 0 <= other < len(blocks) and other not in used and blocks[other].kind is BlockKind.CAPTION
            if is_caption and (label := label_in(blocks[other].text)):
                named[place] = replace(block, table=replace(block.table, label=label))
                used.add(other)
                break
    return named
