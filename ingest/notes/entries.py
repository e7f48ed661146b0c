"""The rows of one entry, or of the page around the entries, to pieces and metadata. Every row goes into one piece."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.assembly import Metadata, Piece
from ingest.document import BlockKind
from ingest.front_matter import metadata_from
from ingest.identity import arxiv_id_in, doi_in
from ingest.notes.heads import head_of, is_paper_address, is_paper_link
from ingest.notes.labels import ADDRESS_FIELDS, BIBLIOGRAPHIC_FIELDS, Field, label_of
from ingest.notes.rows import Row, RowShape, letters_beside_links

_PREPRINT_VERSION = re.compile(r"(?P<doi>10\.(?:1101|64898)/.*?\d)v\d+(?:\.\w+)*")
"""bioRxiv and medRxiv write a version after the DOI of a preprint, which is not part of it."""
_UNKNOWN = frozenset({"不明", "なし", "unknown", "n/a", "none", "-"})
_TEXT_KINDS = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.ABSTRACT})


@dataclass(slots=True)
class _Open:
    """A piece in the making."""

    kind: BlockKind
    lines: list[str]
    level: int
    block: int | None

    def closed(self) -> Piece:
        """Return the piece."""
        joiner = " " if self.kind is BlockKind.HEADING else "\n"
        return Piece(self.kind, joiner.join(self.lines), self.level)


class _Writer:
    """Pieces in the making: rows that stood in one block and are of one kind stay one piece."""

    def __init__(self) -> None:
        self._open: list[_Open] = []

    def add(self, kind: BlockKind, text: str, *, block: int | None = None, level: int = 1) -> None:
        """Add a line; it joins the one before it where both are lines of one block."""
        if not text.strip():
            return
        last = self._open[-1] if self._open else None
        if last is not None and block is not None and (block, kind) == (last.block, last.kind) and kind in _TEXT_KINDS:
            last.lines.append(text)
        else:
            self._open.append(_Open(kind, [text], level, block))

    def lengthen(self, kind: BlockKind, text: str) -> bool:
        """Add a line to the last piece, if it is of this kind."""
        if not self._open or self._open[-1].kind is not kind:
            return False
        self._open[-1].lines.append(text)
        return True

    def pieces(self) -> list[Piece]:
        """Return what was written."""
        return [piece.closed() for piece in self._open]


def entry_pieces(rows: Sequence[Row], *, title: str, columns: Sequence[str] = ()) -> tuple[list[Piece], Metadata]:
    """Return an entry's pieces and what its fields say of the paper.

    Each question with its answer is a section of its own, called by the question, so that they stay together.
    `columns` are the heads of the table that a single row comes from.
    """
    writer, pairs = _Writer(), [(Field.TITLE.value, title)]
    if rows[0].shape is RowShape.TABLE:
        pairs += _table_cells(rows[0], writer, columns)
    else:
        _write_head(rows[0], writer)
        pairs += _Body(writer).write(rows[1:])
    pieces = writer.pieces()
    metadata = replace(_with_addresses(metadata_from(pairs), rows), title=title, abstract=_abstract(pieces))
    return pieces, metadata


def page_rest(rows: Sequence[Row]) -> list[Piece]:
    """Return the pieces of the rows that belong to no entry, as they stood on the page."""
    writer = _Writer()
    for row in rows:
        kind = BlockKind.HEADING if row.kind is BlockKind.TITLE else row.kind
        if row.is_links_only and kind in _TEXT_KINDS:
            kind = BlockKind.FURNITURE
        elif row.is_reference and kind in _TEXT_KINDS:
            kind = BlockKind.REFERENCE
        writer.add(kind, row.text, block=row.piece, level=max(1, row.level))
    return writer.pieces()


def _abstract(pieces: Sequence[Piece]) -> str:
    """Return the summary; where an entry has none, its first paragraph."""
    told = [piece.text for piece in pieces if piece.kind is BlockKind.ABSTRACT]
    return "\n".join(told or [piece.text for piece in pieces if piece.kind in _TEXT_KINDS][:1])


def _write_head(row: Row, writer: _Writer) -> None:
    label = label_of(row.text)
    body_start = len(row.text) if label is not None and label.field is Field.TITLE else head_of(row).body_start
    writer.add(BlockKind.TITLE, row.text[:body_start])
    writer.add(BlockKind.PARAGRAPH, row.text[body_start:], block=row.piece)


class _Body:
    """Writes the rows after an entry's head, remembering which label is open."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer
        self._field: Field | None = None
        self._has_question = False
        self._pairs: list[tuple[str, str]] = []

    def write(self, rows: Sequence[Row]) -> list[tuple[str, str]]:
        """Write every row; return the (field, value) pairs of those that name the paper."""
        for row in rows:
            label = row.label
            if label is not None and label.field is Field.ANSWER and not self._has_question:
                label = None
            if label is None:
                self._plain(row)
            elif label.field is Field.QUESTION:
                self._has_question, self._field = True, Field.QUESTION
                self._writer.add(BlockKind.HEADING, row.text, level=2)
            elif label.field is Field.ANSWER:
                self._field = Field.ANSWER
                self._writer.add(BlockKind.FURNITURE, row.text[: label.value_start])
                self._writer.add(BlockKind.PARAGRAPH, row.text[label.value_start :], block=row.piece)
            elif label.field in BIBLIOGRAPHIC_FIELDS or label.field is Field.TITLE:
                self._bibliographic(row, label.field, row.text[label.value_start :].strip())
            else:
                self._section(row, label.field, label.value_start)
        return self._pairs

    def _bibliographic(self, row: Row, field: Field, value: str) -> None:
        self._field = field
        kind = BlockKind.AUTHORS if field is Field.AUTHORS else BlockKind.FURNITURE
        self._writer.add(kind, row.text)
        if field in ADDRESS_FIELDS and row.links:
            value = row.links[0].url
        if value and value.casefold() not in _UNKNOWN and field not in (Field.VENUE, Field.TITLE):
            self._pairs.append((field.value, value))

    def _section(self, row: Row, field: Field, value_start: int) -> None:
        """Open a part of the entry; its label is a heading, what stands behind the label its first text."""
        self._field = field
        is_cut = row.text[value_start:].strip()
        self._writer.add(BlockKind.HEADING, row.text[:value_start] if is_cut else row.text, level=2)
        if is_cut:
            self._writer.add(self._kind(row), row.text[value_start:], block=row.piece)

    def _plain(self, row: Row) -> None:
        if row.is_links_only:
            self._writer.add(BlockKind.FURNITURE, row.text)
            if self._field in ADDRESS_FIELDS:
                self._pairs.append((Field.URL.value, row.links[0].url))
        elif row.shape is RowShape.HEADING:
            self._field = None
            self._writer.add(BlockKind.HEADING, row.text, level=max(2, row.level))
        elif self._field is Field.QUESTION and self._writer.lengthen(BlockKind.HEADING, row.text):
            return
        elif self._field in (Field.AUTHORS, Field.CATEGORIES) and not _is_prose(row):
            self._bibliographic(row, self._field, row.text.strip())
        else:
            if self._field in BIBLIOGRAPHIC_FIELDS:
                self._field = None
            self._writer.add(self._kind(row), row.text, block=row.piece)

    def _kind(self, row: Row) -> BlockKind:
        if self._field is Field.SUMMARY and row.kind in _TEXT_KINDS:
            return BlockKind.ABSTRACT
        return row.kind if row.kind is not BlockKind.TITLE else BlockKind.PARAGRAPH


def _is_prose(row: Row) -> bool:
    return len(row.text) > 200 or row.text.rstrip().endswith((".", "。"))


def _table_cells(row: Row, writer: _Writer, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Write a table's row: the cell with the title, fields by their column's name, and the rest as text."""
    cells = row.text.split(" | ")
    fields = [label.field if (label := label_of(name)) else None for name in columns[: len(cells)]]
    fields += [None] * (len(cells) - len(fields))
    pairs: list[tuple[str, str]] = []
    title_at = next((at for at, field in enumerate(fields) if field is Field.TITLE), 0)
    head = head_of(replace(row, text=cells[title_at]))
    for at, (cell, field) in enumerate(zip(cells, fields, strict=True)):
        if at == title_at:
            writer.add(BlockKind.TITLE, cell[: head.body_start])
            writer.add(BlockKind.PARAGRAPH, cell[head.body_start :])
        elif field in BIBLIOGRAPHIC_FIELDS:
            writer.add(BlockKind.AUTHORS if field is Field.AUTHORS else BlockKind.FURNITURE, cell)
            if field not in ADDRESS_FIELDS and field is not Field.VENUE:
                pairs.append((str(field), cell.strip()))
        elif _is_of_links(cell, row):
            writer.add(BlockKind.FURNITURE, cell)
        else:
            writer.add(BlockKind.ABSTRACT if field is Field.SUMMARY else BlockKind.PARAGRAPH, cell)
    return pairs


def _is_of_links(cell: str, row: Row) -> bool:
    return bool(row.links) and not letters_beside_links(cell, row.links)


def _with_addresses(metadata: Metadata, rows: Sequence[Row]) -> Metadata:
    """Fill address, arXiv id and DOI from the entry's links where no field states them: the paper's own link first."""
    links = [link for row in rows for link in row.links]
    alone = [link for row in rows if row.is_links_only for link in row.links]
    told = [link for link in links if is_paper_link(link)] + alone
    papers = [link.url for link in told if is_paper_address(link.url)]
    url = metadata.url or (papers or [link.url for link in told] or [None])[0]  # type: ignore[list-item]
    head_id = re.search(r"(?:arxiv[:\s]*|[\[(（])(\d{4}\.\d{4,5})(?:v\d+)?\b", rows[0].text, re.IGNORECASE)
    arxiv_id = metadata.arxiv_id or (arxiv_id_in(url) if url else None) or (head_id[1] if head_id else None)
    doi = metadata.doi or (doi_in(url) if url else None)
    version = _PREPRINT_VERSION.fullmatch(doi or "")
    return replace(metadata, url=url, arxiv_id=arxiv_id, doi=version["doi"] if version else doi)
