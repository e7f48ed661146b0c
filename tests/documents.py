"""Parsed documents made by hand, and any that hypothesis can think of."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from factories import make_paper
from hypothesis import strategies as st

from indexes.records import Box
from ingest.document import (
    Block,
    BlockKind,
    Cell,
    Finding,
    FindingKind,
    Line,
    Page,
    ParsedDocument,
    Section,
    Table,
)

LETTERS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n")
TEXTS = st.text(LETTERS, min_size=1, max_size=60)
NUMBERS = st.floats(0, 2000, allow_nan=False, width=32)
BOXES = st.none() | st.builds(Box, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


def make_block(text: str, kind: BlockKind = BlockKind.PARAGRAPH, section: int | None = None, **changes: Any) -> Block:
    """A block of one line per line of text, on page 1, each in a box that tells its row."""
    lines, start = [], 0
    for row, line in enumerate(text.split("\n")):
        if line.strip():
            lines.append(Line(start, start + len(line), 1, Box(72.0, 100.0 + 12 * row, 500.0, 110.0 + 12 * row)))
        start += len(line) + 1
    return Block(kind=kind, page=1, text=text, lines=tuple(changes.get("lines", lines)), section=section)


def make_table(rows: Sequence[Sequence[str]], *, label: str = "Table 1", section: int | None = None) -> Block:
    """A table block on page 1: "#" marks a header cell, "<2" one over two columns, "^2" one over two rows."""
    text, cells, lines, width = "", [], [], 0
    for row, marked in enumerate(rows):
        text += "\n" if row else ""
        for column, mark in enumerate(marked):
            text += "\t" if column else ""
            name, spans = re.split(r"(?=[<^]\d)", mark.removeprefix("#"), maxsplit=1), {"<": 1, "^": 1}
            spans.update({mark[-2]: int(mark[-1])} if len(name) == 2 else {})
            width = max(width, column + spans["<"])
            if name[0]:
                box = Box(100.0 * column, 20.0 * row, 100.0 * column + 90, 20.0 * row + 10)
                place = (len(text), len(text) + len(name[0]))
                is_header = mark.startswith("#")
                cells.append(Cell(*place, row, column, 1, box, spans["^"], spans["<"], is_header))
                lines.append(Line(*place, 1, box))
            text += name[0]
    return Block(BlockKind.TABLE, 1, text, tuple(lines), section, Table(label, len(rows), width, tuple(cells)))


def make_document(blocks: Sequence[Block], sections: Sequence[str | Section] = (), **changes: Any) -> ParsedDocument:
    return ParsedDocument(
        paper=make_paper(page_count=1, **changes),
        pages=(Page(1, 595.0, 842.0, "1"),),
        blocks=tuple(blocks),
        sections=tuple(Section(s, 1, None, 1) if isinstance(s, str) else s for s in sections),
        findings=(),
        parser="by-hand/1",
    )


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Any document whose parts agree with each other."""
    pages = draw(st.integers(1, 3))
    sections = [
        Section(draw(TEXTS), draw(st.integers(1, 4)), draw(st.none() | st.integers(0, place - 1)) if place else None, 1)
        for place in range(draw(st.integers(0, 4)))
    ]
    return ParsedDocument(
        paper=make_paper(title=draw(TEXTS), abstract=draw(TEXTS), page_count=pages),
        pages=tuple(Page(number, draw(NUMBERS), draw(NUMBERS), draw(TEXTS)) for number in range(1, pages + 1)),
        blocks=tuple(draw(st.lists(blocks(pages=pages, sections=len(sections)), max_size=5))),
        sections=tuple(sections),
        findings=tuple(
            draw(st.lists(st.builds(Finding, st.sampled_from(FindingKind), st.none() | st.just(1), TEXTS), max_size=2))
        ),
        parser=draw(TEXTS),
    )


@st.composite
def blocks(draw: st.DrawFn, *, pages: int, sections: int) -> Block:
    text = draw(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4).map("\n".join))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=3)) | {0, len(text)})
    lines = tuple(
        Line(start, end, draw(st.integers(1, pages)), draw(BOXES)) for start, end in pairwise(cuts) if start < end
    )
    section = draw(st.none() | st.integers(0, sections - 1)) if sections else None
    if draw(st.booleans()):
        names = st.text(LETTERS, max_size=20).map(lambda name: " ".join(re.sub("[#<^]", "", name).split()))
        width = draw(st.integers(1, 4))
        texts = st.lists(names, min_size=width, max_size=width)
        rows = draw(st.lists(st.tuples(st.booleans(), texts), min_size=1, max_size=5))
        table = make_table([["#" * is_head + name for name in row] for is_head, row in rows], section=section)
        return table if table.text.strip() else replace(table, text="a", lines=(Line(0, 1, 1, None),), table=None)
    return Block(draw(st.sampled_from(BlockKind)), lines[0].page, text, lines, section)
