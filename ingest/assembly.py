"""Pieces of text, as the Markdown, HTML, text and JSONL readers find them, to a ParsedDocument of one page.

Headings make the section tree here, and here a reference list is told from prose; the readers know neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from indexes.records import Paper, SourceKind
from ingest.characters import language_of, storable, title_from_name, unseen_findings
from ingest.document import Block, BlockKind, Finding, Line, Page, ParsedDocument, Section
from ingest.identity import paper_id_of
from ingest.languages import language_findings
from ingest.table_text import GivenCell, labelled, table_text

OPENING_BLOCKS = 60
_NUMBERING = r"(?:(?:\d{1,2}(?:\.\d{1,2})*|[A-Z]|[IVXivx]{1,5})[.):]?\s+)?"
_REFERENCES = re.compile(
    _NUMBERING
    + r"(?:references?(?: and notes| cited| list)?|bibliography|literature cited|works cited|参考文献|引用文献|文献)"
    r"\s*[:：.]?",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(_NUMBERING + r"(?:abstract|概要|要旨|要約|抄録|アブストラクト)\s*[:：.]?", re.IGNORECASE)
_CAPTION = re.compile(r"(?:figure|fig\.|table|tab\.|algorithm|図|表)\s*\d+[a-z]?\s*[.:：|]\s*\S", re.IGNORECASE)
_LINES = re.compile(r"[^\n]*[^\n\s][^\n]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a source in reading order; `level` (1 is the top) means something for headings alone.

    `rows` are a table's cells, as the source gives them.
    """

    kind: BlockKind
    text: str
    level: int = 1
    rows: tuple[tuple[GivenCell, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a source says of its paper; empty where it says nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    url: str | None = None
    arxiv_id: str | None = None
    doi: str | None = None
    categories: tuple[str, ...] = ()
    abstract: str = ""
    venue: str | None = None
    arxiv_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where bytes came from: the source as the reader named it, its kind and hash, and an id of its own or None."""

    source: str
    kind: SourceKind
    content_sha256: str
    paper_id: str | None = None


@dataclass(slots=True)
class _Outline:
    """The section tree so far, and what kind of section is open."""

    sections: list[Section] = field(default_factory=list)
    open_levels: list[int] = field(default_factory=list)
    references_level: int | None = None
    is_abstract: bool = False

    def open(self, title: str, level: int) -> None:
        while self.open_levels and self.sections[self.open_levels[-1]].level >= level:
            self.open_levels.pop()
        parent = self.open_levels[-1] if self.open_levels else None
        self.open_levels.append(len(self.sections))
        self.sections.append(Section(title=title, level=level, parent=parent, page=1))
        self.is_abstract = _ABSTRACT.fullmatch(title) is not None
        if _REFERENCES.fullmatch(title):
            self.references_level = level
        elif self.references_level is not None and level <= self.references_level:
            self.references_level = None

    def kind_of(self, piece: Piece) -> BlockKind:
        if piece.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST):
            return piece.kind
        if self.references_level is not None:
            return BlockKind.REFERENCE
        if self.is_abstract:
            return BlockKind.ABSTRACT
        return BlockKind.CAPTION if _CAPTION.match(piece.text) else piece.kind


def is_references_heading(title: str) -> bool:
    """Say whether a reference list stands under this heading."""
    return _REFERENCES.fullmatch(title.strip()) is not None


def is_abstract_heading(title: str) -> bool:
    """Say whether the abstract stands under this heading."""
    return _ABSTRACT.fullmatch(title.strip()) is not None


def assemble(
    pieces: Iterable[Piece], metadata: Metadata, *, origin: Origin, parser: str, findings: Sequence[Finding] = ()
) -> ParsedDocument:
    """Make the document: blocks in the order given, one section a heading, every line without a box on page 1."""
    outline, blocks = _Outline(), []
    pieces = list(pieces)
    unseen = unseen_findings("\n".join(piece.text for piece in pieces))
    for piece in pieces:
        text, table = table_text(piece.rows) if piece.rows else (storable(piece.text).strip(), None)
        if not text.strip():
            continue
        if piece.kind is BlockKind.HEADING:
            text = " ".join(text.split())
            outline.open(text, max(1, piece.level))
        section = len(outline.sections) - 1 if outline.sections else None
        blocks.append(Block(outline.kind_of(piece), 1, text, lines_of(text), section, table))
    return ParsedDocument(
        paper=_paper(metadata, blocks, origin),
        pages=(Page(number=1, width=0.0, height=0.0, label="1"),),
        blocks=tuple(labelled(blocks)),
        sections=tuple(outline.sections),
        findings=(
            *findings,
            *unseen,
            *language_findings("\n".join(block.text for block in blocks[:OPENING_BLOCKS])),
        ),
        parser=parser,
    )


def lines_of(text: str) -> tuple[Line, ...]:
    """Return one Line for each line of the text that is not blank, on page 1 without a box."""
    return tuple(Line(found.start(), found.end(), 1, None) for found in _LINES.finditer(text))


def _paper(metadata: Metadata, blocks: Sequence[Block], origin: Origin) -> Paper:
    abstract = storable(metadata.abstract).strip()
    if not abstract:
        abstract = "\n".join(block.text for block in blocks if block.kind is BlockKind.ABSTRACT)
    title = " ".join(storable(metadata.title).split()) or _first_title(blocks) or title_from_name(origin.source)
    return Paper(
        paper_id=origin.paper_id or paper_id_of(origin.content_sha256),
        title=title,
        authors=tuple(name for author in metadata.authors if (name := " ".join(storable(author).split()))),
        published=metadata.published,
        updated=metadata.updated,
        url=metadata.url,
        arxiv_id=metadata.arxiv_id,
        doi=metadata.doi,
        categories=tuple(storable(category) for category in metadata.categories),
        language=language_of("\n".join(block.text for block in blocks)),
        abstract=abstract,
        source=origin.source,
        source_kind=origin.kind,
        content_sha256=origin.content_sha256,
        page_count=1,
        venue=" ".join(storable(metadata.venue or "").split()) or None,
        arxiv_version=metadata.arxiv_version,
    )


def _first_title(blocks: Sequence[Block]) -> str:
    titles = (block.text for block in blocks if block.kind is BlockKind.TITLE)
    headings = (block.text for block in blocks if block.kind is BlockKind.HEADING)
    return " ".join((next(titles, "") or next(headings, "")).split())
