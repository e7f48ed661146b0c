"""JSON outputs about papers: their metadata, their structure, and parsed documents whole."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from app.schemas import Output
from indexes.records import Box, Paper
from indexes.storage.rows import StoredPaper
from ingest.document import Block, ParsedDocument, Table
from ingest.verdict import verdict_of


class PaperOutput(Output):
    """A paper's metadata; unknown dates, addresses and ids are null."""

    paper_id: str
    title: str
    authors: list[str]
    published: str | None
    updated: str | None
    url: str | None
    arxiv_id: str | None
    doi: str | None
    categories: list[str]
    language: Literal["en", "ja"]
    abstract: str
    source: str
    source_kind: str
    content_sha256: str
    page_count: int
    venue: str | None
    arxiv_version: int | None
    role: Literal["paper", "note"]
    about: str | None

    @classmethod
    def of(cls, paper: Paper) -> Self:
        """Make it from the record."""
        return cls(
            paper_id=paper.paper_id,
            title=paper.title,
            authors=list(paper.authors),
            published=paper.published,
            updated=paper.updated,
            url=paper.url,
            arxiv_id=paper.arxiv_id,
            doi=paper.doi,
            categories=list(paper.categories),
            language=paper.language.value,
            abstract=paper.abstract,
            source=paper.source,
            source_kind=paper.source_kind.value,
            content_sha256=paper.content_sha256,
            page_count=paper.page_count,
            venue=paper.venue,
            arxiv_version=paper.arxiv_version,
            role=paper.role.value,
            about=paper.about,
        )


class StoredPaperOutput(Output):
    """A paper as the library holds it."""

    paper: PaperOutput
    passage_count: int
    parser: str
    added_at: str

    @classmethod
    def of(cls, stored: StoredPaper) -> Self:
        """Make it from the record."""
        return cls(
            paper=PaperOutput.of(stored.paper),
            passage_count=stored.passage_count,
            parser=stored.parser,
            added_at=stored.added_at,
        )


class PapersOutput(Output):
    """A page of the library; `total` counts every record that the filters let through, `notes` those that are notes."""

    schema_: Literal["ronbun.papers/1"] = Field(default="ronbun.papers/1", alias="schema")
    total: int
    notes: int
    papers: list[StoredPaperOutput]


class PageOutput(Output):
    """A page's number, size in points and printed label, which engine read it, and its text's quality from 0 to 1."""

    number: int
    width: float
    height: float
    label: str
    engine: Literal["pdfium", "pypdf", "ocr"] | None
    quality: float | None


class SectionOutput(Output):
    """A heading: level 1 is the top, `parent` is an index into the list."""

    title: str
    level: int
    parent: int | None
    page: int


class ParseFindingOutput(Output):
    """Something noticed while parsing."""

    kind: str
    page: int | None
    message: str
    box: tuple[float, float, float, float] | None


class CellOutput(Output):
    """A table's cell; rows and columns count from 0, `box` is its place on the page."""

    text: str
    row: int
    column: int
    row_span: int
    column_span: int
    is_header: bool
    page: int
    box: tuple[float, float, float, float] | None


class TableOutput(Output):
    """A table's label ("Table 2", or "" without a caption) and its cells, row by row."""

    label: str
    row_count: int
    column_count: int
    cells: list[CellOutput]

    @classmethod
    def of(cls, table: Table, *, text: str) -> Self:
        """Make it from the record and the text of its block."""
        cells = [
            CellOutput(
                text=text[cell.start : cell.end],
                row=cell.row,
                column=cell.column,
                row_span=cell.row_span,
                column_span=cell.column_span,
                is_header=cell.is_header,
                page=cell.page,
                box=cell.box,
            )
            for cell in table.cells
        ]
        return cls(label=table.label, row_count=table.row_count, column_count=table.column_count, cells=cells)


class AffiliationOutput(Output):
    """Where authors work; `authors` are places in the paper's list, from 0."""

    name: str
    authors: list[int]


class BlockOutput(Output):
    """One block of a parsed document, in reading order; `table` is null but for tables whose cells were found."""

    kind: str
    page: int
    section: int | None
    text: str
    boxes: list[tuple[int, float, float, float, float]]
    table: TableOutput | None

    @classmethod
    def of(cls, block: Block) -> Self:
        """Make it from the record; a box is [page, x0, y0, x1, y1]."""
        return cls(
            kind=block.kind.value,
            page=block.page,
            section=block.section,
            text=block.text,
            boxes=[_page_and_box(line.page, line.box) for line in block.lines if line.box is not None],
            table=TableOutput.of(block.table, text=block.text) if block.table else None,
        )


class PlacedBlockOutput(Output):
    """A block's part on one page: its place in the document's reading order from 1, and a box a line."""

    order: int
    kind: str
    text: str
    boxes: list[tuple[float, float, float, float]]


class PageBlocksOutput(Output):
    """A page's blocks in reading order, for drawing on its image."""

    schema_: Literal["ronbun.page_blocks/1"] = Field(default="ronbun.page_blocks/1", alias="schema")
    paper_id: str
    page: PageOutput
    blocks: list[PlacedBlockOutput]
    findings: list[ParseFindingOutput]

    @classmethod
    def of(cls, document: ParsedDocument, *, number: int) -> Self:
        """Make it from the record; `number` is one of its pages."""
        structure = StructureOutput.of(document)
        placed = []
        for order, block in enumerate(document.blocks, start=1):
            lines = [line for line in block.lines if line.page == number and line.box is not None]
            if lines:
                text = block.text[lines[0].start : lines[-1].end]
                boxes = [_rounded(line.box) for line in lines if line.box is not None]
                placed.append(PlacedBlockOutput(order=order, kind=block.kind.value, text=text, boxes=boxes))
        return cls(
            paper_id=document.paper.paper_id,
            page=structure.pages[number - 1],
            blocks=placed,
            findings=[finding for finding in structure.findings if finding.page == number],
        )


class StructureOutput(Output):
    """What a parser found besides the text: pages, sections, affiliations, findings."""

    pages: list[PageOutput]
    sections: list[SectionOutput]
    affiliations: list[AffiliationOutput]
    findings: list[ParseFindingOutput]

    @classmethod
    def of(cls, document: ParsedDocument) -> Self:
        """Make it from the record."""
        return cls(
            pages=[
                PageOutput(
                    number=page.number,
                    width=page.width,
                    height=page.height,
                    label=page.label,
                    engine=page.engine.value if page.engine else None,
                    quality=page.quality,
                )
                for page in document.pages
            ],
            sections=[
                SectionOutput(title=s.title, level=s.level, parent=s.parent, page=s.page) for s in document.sections
            ],
            affiliations=[
                AffiliationOutput(name=affiliation.name, authors=list(affiliation.authors))
                for affiliation in document.affiliations
            ],
            findings=[
                ParseFindingOutput(kind=finding.kind.value, page=finding.page, message=finding.message, box=finding.box)
                for finding in document.findings
            ],
        )


class VerdictOutput(Output):
    """How well a paper could be read: the level, what was found, and each thing that lowers trust in it."""

    level: Literal["good", "fair", "poor"]
    summary: str
    sections: int
    tables: int
    references: int
    has_abstract: bool
    reasons: list[str]

    @classmethod
    def of(cls, document: ParsedDocument) -> Self:
        """Judge the document."""
        verdict = verdict_of(document)
        return cls(
            level=verdict.level.value,
            summary=verdict.summary,
            sections=verdict.sections,
            tables=verdict.tables,
            references=verdict.references,
            has_abstract=verdict.has_abstract,
            reasons=list(verdict.reasons),
        )


class PaperDetailOutput(Output):
    """One paper with its structure."""

    schema_: Literal["ronbun.paper/1"] = Field(default="ronbun.paper/1", alias="schema")
    paper: PaperOutput
    passage_count: int
    parser: str
    added_at: str
    verdict: VerdictOutput
    pages: list[PageOutput]
    sections: list[SectionOutput]
    affiliations: list[AffiliationOutput]
    findings: list[ParseFindingOutput]

    @classmethod
    def of(cls, stored: StoredPaper, document: ParsedDocument) -> Self:
        """Make it from the stored paper and its parsed document."""
        structure = StructureOutput.of(document)
        return cls(
            paper=PaperOutput.of(stored.paper),
            passage_count=stored.passage_count,
            parser=stored.parser,
            added_at=stored.added_at,
            verdict=VerdictOutput.of(document),
            pages=structure.pages,
            sections=structure.sections,
            affiliations=structure.affiliations,
            findings=structure.findings,
        )


class ParsedOutput(Output):
    """A parsed document as `ronbun parse` prints it."""

    schema_: Literal["ronbun.parsed/1"] = Field(default="ronbun.parsed/1", alias="schema")
    paper: PaperOutput
    parser: str
    verdict: VerdictOutput
    structure: StructureOutput
    blocks: list[BlockOutput]

    @classmethod
    def of(cls, document: ParsedDocument) -> Self:
        """Make it from the record."""
        blocks = [BlockOutput.of(block) for block in document.blocks]
        return cls(
            paper=PaperOutput.of(document.paper),
            parser=document.parser,
            verdict=VerdictOutput.of(document),
            structure=StructureOutput.of(document),
            blocks=blocks,
        )


def _page_and_box(page: int, box: Box) -> tuple[int, float, float, float, float]:
    x0, y0, x1, y1 = (round(value, 2) for value in box)
    return page, x0, y0, x1, y1


def _rounded(box: Box) -> tuple[float, float, float, float]:
    return round(box.x0, 1), round(box.y0, 1), round(box.x1, 1), round(box.y1, 1)
