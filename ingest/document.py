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
    REFERENCE = "reference"
    FOOTNOTE = "footnote"
    FURNITURE = "furniture"


EVIDENCE_KINDS = frozenset(
    {BlockKind.ABSTRACT, BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.CAPTION, BlockKind.TABLE, BlockKind.FOOTNOTE}
)
"""Blocks of these kinds may become passages; the rest are kept for reading and never become evidence."""


class FindingKind(StrEnum):
    """What a parser noticed about a file that its reader should know."""

    HIDDEN_TEXT = "hidden_text"
    NO_TEXT_PAGE = "no_text_page"
    GARBLED_TEXT = "garbled_text"
    METADATA_UNREADABLE = "metadata_unreadable"
    PAGE_UNREADABLE = "page_unreadable"
    TRUNCATED = "truncated"
    ACTIVE_CONTENT = "active_content"


@dataclass(frozen=True, slots=True)
class Line:
    """One line's part of a block: `block.text[start:end]` stands inside `box` on `page` (pages count from 1)."""

    start: int
    end: int
    page: int
    box: Box | None


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page. `lines` cover every non-space character of `text`, in order, without overlap.

    `section` is an index into `ParsedDocument.sections`, or None before the first heading. A paragraph that runs over
    a column or page break is one block whose lines name both pages; `page` is its first.
    """

    kind: BlockKind
    page: int
    text: str
    lines: tuple[Line, ...]
    section: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its place in the tree: `level` 1 is the top, `parent` indexes the sections or is None."""

    title: str
    level: int
    parent: int | None
    page: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page's size in points and its printed label ("iv", "12"), or the number itself."""

    number: int
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed while parsing: what, where (page or None) and a sentence for people."""

    kind: FindingKind
    page: int | None
    message: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One source as read: `blocks` are in reading order; `parser` names the engine and its version."""

    paper: Paper
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    parser: str
