"""Tables in the reading order: one stands there as a single line, whatever columns it runs over, until blocks are made.

What orders a page's fragments need not know of tables: a stand-in of the table's size takes the place of its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.pdf.fragments import Fragment
from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import is_stand_in
from ingest.pdf.tables.reading import PageTable

STAND_IN = "\ufffc"
"""Unicode's OBJECT REPLACEMENT CHARACTER."""


def with_stand_ins(fragments: Sequence[Fragment], tables: Sequence[PageTable], aside: frozenset[int]) -> list[Fragment]:
    """Return a page's fragments without those at the positions `aside`, each table's as one fragment.

    A stand-in's `order` is below 0 and names its table: -1 is the page's first.
    """
    inside = frozenset[int]().union(*(table.members for table in tables))
    kept = [part for place, part in enumerate(fragments) if place not in aside and place not in inside]
    return [*kept, *(_stand_in(table, place) for place, table in enumerate(tables))]


def _stand_in(table: PageTable, place: int) -> Fragment:
    return Fragment(
        text=STAND_IN,
        box=table.box,
        baseline=table.baseline,
        size=table.size,
        bold=0.0,
        italic=0.0,
        math=0.0,
        font="",
        order=-1 - place,
        is_upright=True,
    )


def tables_apart(lines: Iterable[TextLine]) -> Iterator[TextLine]:
    """Yield the lines, each stand-in on one of its own: tables side by side, and text beside one, share baselines."""
    for line in lines:
        if len(line.cells) == 1 or all(cell.order >= 0 for cell in line.cells):
            yield line
            continue
        beside = tuple(cell for cell in line.cells if cell.order >= 0)
        if beside:
            yield replace(line, text=" ".join(cell.text for cell in beside), cells=beside)
        for cell in line.cells:
            if cell.order < 0:
                yield replace(line, text=cell.text, box=cell.box, cells=(cell,))


def table_place(line: TextLine) -> int | None:
    """Return which of its page's tables the line stands for, from 0; None for a line of text."""
    return -1 - line.cells[0].order if is_stand_in(line) else None
