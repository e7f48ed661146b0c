"""A page's pieces to rows: one a line, with its shape, label and links, which is what splitting looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.assembly import Piece, is_references_heading
from ingest.document import BlockKind
from ingest.notes.labels import Label, label_of
from ingest.notes.marks import Link, Marks, unmarked

ENUMERATION = re.compile(r"\s*(?:\(?\d{1,3}\s?[.)）．、:：]{1,2}|[①-⑳])\s*")
_BULLET = re.compile(r"\s*[-*•‣・●○▪]\s+")
_LIST_MARK = re.compile(r"(?:- |\d{1,3}\. )(?=\s*\S)")
_BRACKETED = re.compile(r"\s*【[^】\n]{1,200}】")
MAX_LINKS_ALONE = 20


class RowShape(StrEnum):
    """What a line looks like."""

    HEADING = "heading"
    STRONG = "strong"
    BRACKETED = "bracketed"
    NUMBERED = "numbered"
    BULLET = "bullet"
    TABLE = "table"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not blank. `piece` is the place of its block among the page's; `kind` is that block's.

    `level` is a heading's, or a list entry's indentation. `strong` is the emphasised text that it begins with.
    """

    text: str
    shape: RowShape
    level: int
    piece: int
    kind: BlockKind
    links: tuple[Link, ...]
    strong: str
    label: Label | None
    is_reference: bool

    @property
    def is_links_only(self) -> bool:
        """Say whether nothing but links stands here ("https://…", "Paper | Code")."""
        return 0 < len(self.links) <= MAX_LINKS_ALONE and not letters_beside_links(self.text, self.links)


def letters_beside_links(text: str, links: Sequence[Link]) -> int:
    """Count the letters and digits that belong to no link; only the first `MAX_LINKS_ALONE` links are looked for."""
    for link in links[:MAX_LINKS_ALONE]:
        text = text.replace(link.text or link.url, "", 1)
    return sum(map(str.isalnum, text))


def rows_of(pieces: Sequence[Piece], marks: Marks | None) -> list[Row]:
    """Return the rows of every piece, in order; together they hold all its text."""
    rows: list[Row] = []
    references_level: int | None = None
    for place, piece in enumerate(pieces):
        if piece.kind is BlockKind.HEADING:
            title = unmarked(piece.text, marks, lead=ENUMERATION).text
            if is_references_heading(title):
                references_level = piece.level
            elif references_level is not None and piece.level <= references_level:
                references_level = None
        if marks is not None:
            piece = replace(piece, text=piece.text.replace(marks.line_end, "\n"))
        rows += _rows_of_piece(piece, place, marks, is_reference=references_level is not None)
    return rows


def _rows_of_piece(piece: Piece, place: int, marks: Marks | None, *, is_reference: bool) -> Iterator[Row]:
    is_one_line = piece.kind in (BlockKind.HEADING, BlockKind.TITLE)
    for line in [" ".join(piece.text.split())] if is_one_line else piece.text.split("\n"):
        found = unmarked(line, marks, lead=ENUMERATION)
        if not found.text.strip():
            continue
        shape, level = _shape_of(piece, found.text, found.strong)
        label = None if shape is RowShape.TABLE else _label_in(found.text)
        yield Row(found.text, shape, level, place, piece.kind, found.links, found.strong, label, is_reference)


def _label_in(text: str) -> Label | None:
    """Return the label of a line that may be a list's entry."""
    marker = _LIST_MARK.match(text.lstrip())
    skipped = len(text) - len(text.lstrip()) + (marker.end() if marker else 0)
    label = label_of(text[skipped:])
    return None if label is None else Label(label.field, label.value_start + skipped)


def _shape_of(piece: Piece, text: str, strong: str) -> tuple[RowShape, int]:
    if piece.kind in (BlockKind.HEADING, BlockKind.TITLE):
        return RowShape.HEADING, piece.level
    if piece.kind is BlockKind.TABLE:
        return RowShape.TABLE, 0
    indent = (len(text) - len(text.lstrip())) // 2
    if ENUMERATION.match(text):
        return RowShape.NUMBERED, indent
    if _BULLET.match(text):
        return RowShape.BULLET, indent
    if strong and len(strong) >= len(text.strip()) - 2:
        return RowShape.STRONG, 0
    if _BRACKETED.match(text):
        return RowShape.BRACKETED, 0
    return RowShape.LINE, indent
