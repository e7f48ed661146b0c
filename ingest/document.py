"""What a parser yields: pages, blocks in reading order, sections and findings. Knows nothing of how it was read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from indexes.records import Box, Paper


class BlockKind(StrEnum):
    """What a block of text is."""

    TITLE = "title"
    AUTHORS = "authors"
    ABSTRACT = "abstract"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    CAPTION = "caption"
    TABLE = "table"
    EQUATION = "equation"
    CODE = "code"
    REFERENCE = "reference"
    FOOTNOTE = "footnote"
    FURNITURE = "furniture"


EVIDENCE_KINDS = frozenset(
    {BlockKind.ABSTRACT, BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.CODE, BlockKind.CAPTION, BlockKind.TABLE,
     BlockKind.FOOTNOTE}
)  # fmt: skip
"""Blocks of these kinds may become passages; the rest are kept for reading and never become evidence."""


class FindingKind(StrEnum):
    """What a parser noticed about a file that its reader should know."""

    HIDDEN_TEXT = "hidden_text"
    NO_TEXT_PAGE = "no_text_page"
    GARBLED_TEXT = "garbled_text"
    MISREAD_SIGNS = "misread_signs"
    METADATA_UNREADABLE = "metadata_unreadable"
    PAGE_UNREADABLE = "page_unreadable"
    TRUNCATED = "truncated"
    ACTIVE_CONTENT = "active_content"
    EMBEDDED_FILE = "embedded_file"
    EXTERNAL_LINK = "external_link"
    OTHER_ENGINE = "other_engine"
    RECOGNISED_TEXT = "recognised_text"
    METADATA_DIFFERS = "metadata_differs"
    METADATA_MISSING = "metadata_missing"
    NOTICE = "notice"
    OTHER_LANGUAGE = "other_language"


class PageEngine(StrEnum):
    """What read a page's text: PDFium's characters, pypdf's as a second opinion, or optical recognition."""

    PDFIUM = "pdfium"
    PYPDF = "pypdf"
    OCR = "ocr"


@dataclass(frozen=True, slots=True)
class Line:
    """One line's part of a block: `block.text[start:end]` stands inside `box` on `page` (pages count from 1)."""

    start: int
    end: int
    page: int
    box: Box | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: `block.text[start:end]` stands in `box` on `page`. Rows and columns count from 0.

    A cell over several columns (`column_span`) or rows (`row_span`) is one cell at its first; empty cells are left out.
    """

    start: int
    end: int
    row: int
    column: int
    page: int
    box: Box | None
    row_span: int = 1
    column_span: int = 1
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows and columns. `label` is its caption's ("Table 2", "表1"), "" where it has none."""

    label: str
    row_count: int
    column_count: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page. `lines` cover every non-space character of `text`, in order, without overlap.

    `section` is an index into `ParsedDocument.sections`, or None before the first heading. A paragraph that runs over
    a column or page break is one block whose lines name both pages; `page` is its first. A block of kind `table` whose
    rows and columns were found has a `table`, whose cells are slices of its text.
    """

    kind: BlockKind
    page: int
    text: str
    lines: tuple[Line, ...]
    section: int | None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its place in the tree: `level` 1 is the top, `parent` indexes the sections or is None."""

    title: str
    level: int
    parent: int | None
    page: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page's size in points and its printed label ("iv", "12"), or the number itself.

    `engine` read it (None for sources without pages); `quality` from 0 to 1 says how far its text reads as language.
    """

    number: int
    width: float
    height: float
    label: str
    engine: PageEngine | None = None
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where authors work: the institution as printed, and the authors' places in `Paper.authors`, from 0."""

    name: str
    authors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed while parsing: what, where (page and box, or None) and a sentence for people."""

    kind: FindingKind
    page: int | None
    message: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One source as read: `blocks` are in reading order; `parser` names the engine and its version."""

    paper: Paper
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    parser: str
    affiliations: tuple[Affiliation, ...] = ()
