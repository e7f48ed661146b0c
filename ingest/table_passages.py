"""A table to statements that can be searched and cited: one a cell, or one a row where cells are many.

"Table 2, row GPT-4, column Accuracy: 24.2 %" is composed, but each of its parts is copied from the table, and it stands
in the cell's own box; see docs/adr/0009-table-statements.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.records import Box
from indexes.statements import cell_statement, one_line, row_opening
from ingest.document import Block, BlockKind, Cell, Line, Table

MOST_CELL_STATEMENTS = 60
"""A table with more cells than this gives one statement a row: its cells would be more passages than its paper."""
LONGEST_STATEMENT = 400
"""Characters of a row's statement; a longer row gives several, each naming the row."""
LONGEST_CAPTION = 200
SET_IN = 3.0
"""Points by which a group's name is set in under that of the group it is part of."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement, and where its parts stand: each line's offsets are into `text`."""

    text: str
    lines: tuple[Line, ...]


def table_statements(block: Block) -> tuple[Stated, ...]:
    """Return the statements of a block whose table is known, row by row."""
    table = block.table
    if table is None:
        return ()
    names = _Names(block, table)
    values = [cell for cell in table.cells if not cell.is_header and not _is_void(names.text_of(cell))]
    if len(values) <= MOST_CELL_STATEMENTS and names.has_columns:
        made = [_cell_stated(names, cell) for cell in values]
        return (*made, *_rows_stated(names, _unstated_headers(table, names.heads)))
    return tuple(_rows_stated(names, [*values, *_unstated_headers(table, names.heads)]))


def _is_void(text: str) -> bool:
    """Say whether a cell holds only dashes or dots, which say that there is nothing."""
    return not text.strip("-–—−.…· ")


def caption_line(blocks: Sequence[Block], place: int) -> Stated | None:
    """Return the caption of the table at `place`, on one line: the nearest block that begins with its label."""
    block = blocks[place]
    label = block.table.label if block.table is not None else ""
    if not label:
        return None
    near = sorted(range(max(0, place - 8), min(len(blocks), place + 9)), key=lambda other: abs(other - place))
    for other in near:
        caption = blocks[other]
        if caption.kind is BlockKind.CAPTION and _begins_with(caption.text, label):
            return _clipped(caption)
    return None


def _begins_with(text: str, label: str) -> bool:
    """Say whether the text begins with the label, whatever its case and spaces, and not with a longer number."""
    plain, wanted = ("".join(part.split()).casefold() for part in (text[: 2 * len(label) + 8], label))
    plain = plain.replace("tab.", "table", 1) if plain.startswith("tab.") else plain
    return plain.startswith(wanted) and not plain[len(wanted) : len(wanted) + 1].isdigit()


def _clipped(caption: Block) -> Stated:
    """Return the caption's beginning with the lines it stands on; line breaks of its text become spaces."""
    text = caption.text.replace("\n", " ")
    if len(text) > LONGEST_CAPTION:
        text = text[:LONGEST_CAPTION]
        text = text.rsplit(" ", 1)[0] if " " in text else text
    text = text.rstrip()
    stop = len(text)
    lines = (Line(line.start, min(line.end, stop), line.page, line.box) for line in caption.lines if line.start < stop)
    return Stated(text, tuple(lines))


class _Names:
    """What each cell's row and column are called."""

    def __init__(self, block: Block, table: Table) -> None:
        self.label = table.label
        self._text = block.text
        by_row: dict[int, list[Cell]] = {}
        for cell in table.cells:
            by_row.setdefault(cell.row, []).append(cell)
        self._groups = {row: cells[0] for row, cells in by_row.items() if _is_group(cells, table)}
        self.heads = sorted(
            row for row, cells in by_row.items() if row not in self._groups and all(cell.is_header for cell in cells)
        )
        self.heads = [row for row in self.heads if self._names_columns(by_row[row], table)]
        self._columns = self._column_names(table, by_row)
        self._rows = self._row_names(table, by_row)
        self.has_columns = bool(self.heads)

    def text_of(self, cell: Cell) -> str:
        """Return the cell's text on one line."""
        return one_line(self._text[cell.start : cell.end])

    def row(self, cell: Cell) -> str:
        """Return the name of the cell's row: its group's, then its own, or its number."""
        return self._rows.get(cell.row) or str(cell.row + 1 - sum(row < cell.row for row in self.heads))

    def column(self, cell: Cell) -> str:
        """Return the name of the cell's column, upper levels first; "" where it has none."""
        block = max((first for first in self._columns if first < cell.row), default=None)
        return "" if block is None else self._columns[block].get(cell.column, "")

    @staticmethod
    def _names_columns(cells: Sequence[Cell], table: Table) -> bool:
        return table.column_count == 1 or any(cell.column + cell.column_span > 1 for cell in cells)

    def _column_names(self, table: Table, by_row: dict[int, list[Cell]]) -> dict[int, dict[int, str]]:
        """Return, for the last row of each run of header rows, the path of names over every column."""
        found: dict[int, dict[int, str]] = {}
        path: dict[int, list[str]] = {}
        for place, row in enumerate(self.heads):
            if place and row != self.heads[place - 1] + 1:
                path = {}
            for cell in by_row[row]:
                for column in range(cell.column, cell.column + cell.column_span):
                    names = path.setdefault(column, [])
                    if (name := self.text_of(cell)) not in names:
                        names.append(name)
            if place + 1 == len(self.heads) or self.heads[place + 1] != row + 1:
                found[row] = {column: " > ".join(names) for column, names in path.items()}
        return found

    def _row_names(self, table: Table, by_row: dict[int, list[Cell]]) -> dict[int, str]:
        own: dict[int, list[str]] = {}
        heads = set(self.heads)
        for row in sorted(by_row):
            if row in heads or row in self._groups:
                continue
            for cell in by_row[row]:
                if cell.is_header:
                    for covered in range(row, min(row + cell.row_span, table.row_count)):
                        own.setdefault(covered, []).append(self.text_of(cell))
        names = {}
        path: list[Cell] = []
        is_set_in = False
        for row in range(table.row_count):
            if row in heads:
                path = []
            elif row in self._groups:
                path = [*_outer(path, self._groups[row], is_directly_under=row - 1 in self._groups), self._groups[row]]
                is_set_in = False
                continue
            if path and (stub := _stub(by_row.get(row, []))) is not None:
                depth = _set_in(path[-1], stub)
                path = path[:-1] if is_set_in and depth <= 0 else path
                is_set_in = is_set_in or depth > SET_IN
            if row not in heads and (parts := [*map(self.text_of, path), *own.get(row, [])]):
                names[row] = " > ".join(parts if own.get(row) else [*parts, str(row + 1)])
        return names


def _is_group(cells: Sequence[Cell], table: Table) -> bool:
    """Say whether a row is one heading over all columns, which names the rows after it."""
    return len(cells) == 1 and cells[0].is_header and cells[0].column_span == table.column_count > 1


def _stub(cells: Sequence[Cell]) -> Cell | None:
    return next((cell for cell in cells if cell.is_header and cell.column == 0), None)


def _set_in(group: Cell, stub: Cell) -> float:
    """Return how far a row's name is set in under its group's, in points; 0 where places are not known."""
    return stub.box.x0 - group.box.x0 - 1.0 if group.box is not None and stub.box is not None else 0.0


def _outer(path: Sequence[Cell], group: Cell, *, is_directly_under: bool) -> Sequence[Cell]:
    """Return the groups that a further one is part of: the one right above it, and those that it is set in from."""
    if is_directly_under:
        return path[-1:]
    if group.box is None:
        return []
    return [outer for outer in path if outer.box is not None and group.box.x0 > outer.box.x0 + SET_IN]


def _unstated_headers(table: Table, heads: Sequence[int]) -> list[Cell]:
    """Return the cells that name rows without a value, so that no statement would hold them."""
    stated = {row for cell in table.cells if not cell.is_header for row in range(cell.row, cell.row + cell.row_span)}
    by_row: dict[int, list[Cell]] = {}
    for cell in table.cells:
        by_row.setdefault(cell.row, []).append(cell)
    first = min(stated, default=-1)
    return [
        cell
        for row, cells in by_row.items()
        for cell in cells
        if row not in stated
        and row not in heads
        and row > first
        and not _is_group(cells, table)
        and not any(row < other < row + cell.row_span for other in stated)
    ]


def _cell_stated(names: _Names, cell: Cell) -> Stated:
    column = names.column(cell) or str(cell.column + 1)
    text = cell_statement(names.label, row=names.row(cell), column=column, value=names.text_of(cell))
    return Stated(text, (Line(0, len(text), cell.page, cell.box),))


def _rows_stated(names: _Names, cells: Sequence[Cell]) -> Iterator[Stated]:
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    for row in sorted(rows):
        opening = row_opening(names.label, row=names.row(rows[row][0]))
        text, lines = opening, [_line(0, len(opening), rows[row][0])]
        for cell in rows[row]:
            column, value = names.column(cell), names.text_of(cell)
            part = f"{column}: {value}" if column else value
            if len(text) + len(part) > LONGEST_STATEMENT and len(lines) > 1:
                yield Stated(text, tuple(lines))
                text, lines = opening, [_line(0, len(opening), cell)]
            if len(lines) > 1:
                text += ";"
                lines[-1] = _line(lines[-1].start, len(text), lines[-1])
            start = len(text) + 1
            text = f"{text} {part}"
            lines.append(_line(start, len(text), cell))
        yield Stated(text, tuple(lines))


def _line(start: int, end: int, placed: Cell | Line) -> Line:
    box: Box | None = placed.box
    return Line(start, end, placed.page, box)
