"""Pieces into blocks and sections: the parsed document's body, with every line's box on the page as shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.document import Block, BlockKind, Section
from ingest.pdf.classification import Marked
from ingest.pdf.geometry import Frame
from ingest.pdf.headings import HeadingMark, levels_of
from ingest.pdf.hyphenation import NO_WORDS, Vocabulary
from ingest.pdf.joining import join_lines
from ingest.pdf.listings import listing_text
from ingest.pdf.paragraphs import Piece, join_continued
from ingest.pdf.shapes import is_stand_in
from ingest.pdf.tables.places import table_place
from ingest.pdf.tables.reading import PageTable, table_block

DEEPEST_LEVEL = 6


def make_sections(headings: Sequence[HeadingMark], *, outlined: Mapping[str, int]) -> tuple[Section, ...]:
    """Return the sections that the headings open, each under the nearest heading above it of a lower level."""
    sections: list[Section] = []
    path: list[int] = []
    levels = levels_of(headings, outlined=outlined)
    for index, (mark, level) in enumerate(zip(headings, levels, strict=True)):
        while path and sections[path[-1]].level >= level:
            path.pop()
        parent = path[-1] if path else None
        sections.append(Section(mark.title, min(level, DEEPEST_LEVEL), parent, mark.page))
        path.append(index)
    return tuple(sections)


def make_blocks(
    marked: Sequence[Marked],
    *,
    vocabulary: Vocabulary,
    frames: Sequence[Frame],
    tables: Sequence[Sequence[PageTable]] = (),
) -> tuple[Block, ...]:
    """Return the blocks of all pieces, paragraphs joined over columns and pages within their section.

    `tables` are each page's, for the lines that stand for one.
    """
    blocks: list[Block] = []
    section: int | None = None
    pending: list[Piece] = []

    def flush() -> None:
        for piece in join_continued(pending):
            own = [line for line in piece.lines if not is_stand_in(line)]
            if piece.kind is BlockKind.CODE:
                text, lines = listing_text(own, frames=frames)
            else:
                text, lines = join_lines(own, vocabulary=vocabulary, frames=frames)
            if text:
                blocks.append(Block(piece.kind, lines[0].page, text, lines, section))
            for line in piece.lines:
                if (place := table_place(line)) is not None:
                    table = tables[line.page - 1][place]
                    blocks.append(table_block(table, page=line.page, frame=frames[line.page - 1], section=section))
        pending.clear()

    for part in marked:
        if part.heading:
            flush()
            section = 0 if section is None else section + 1
        pending.append(part.piece)
    flush()
    return tuple(blocks)


def furniture_blocks(pieces: Sequence[Piece], *, frames: Sequence[Frame]) -> tuple[Block, ...]:
    """Return one block for each piece of furniture."""
    blocks = []
    for piece in pieces:
        text, lines = join_lines(piece.lines, vocabulary=NO_WORDS, frames=frames)
        blocks.append(Block(BlockKind.FURNITURE, lines[0].page, text, lines, None))
    return tuple(blocks)
