"""JSON outputs about the library: papers, parsed documents, ingest reports, sheets, digests, jobs, models, health."""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import Field, JsonValue

from app.schemas import AnswerOutput, CitationOutput, Output, ProvenanceOutput
from app.sheets.records import Digest, QASheet
from indexes.job_store import JobRecord
from indexes.records import Box, Paper
from indexes.rows import StoredPaper
from ingest.document import ParsedDocument


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
    """A page of the library; `total` counts every paper that the filters let through."""

    schema_: Literal["ronbun.papers/1"] = Field(default="ronbun.papers/1", alias="schema")
    total: int
    papers: list[StoredPaperOutput]


class PageOutput(Output):
    """A page's number, size in points and printed label."""

    number: int
    width: float
    height: float
    label: str


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


class BlockOutput(Output):
    """One block of a parsed document, in reading order."""

    kind: str
    page: int
    section: int | None
    text: str
    boxes: list[tuple[int, float, float, float, float]]


class StructureOutput(Output):
    """What a parser found besides the text: pages, sections, findings."""

    pages: list[PageOutput]
    sections: list[SectionOutput]
    findings: list[ParseFindingOutput]

    @classmethod
    def of(cls, document: ParsedDocument) -> Self:
        """Make it from the record."""
        return cls(
            pages=[PageOutput(number=p.number, width=p.width, height=p.height, label=p.label) for p in document.pages],
            sections=[
                SectionOutput(title=s.title, level=s.level, parent=s.parent, page=s.page) for s in document.sections
            ],
            findings=[ParseFindingOutput(kind=f.kind.value, page=f.page, message=f.message) for f in document.findings],
        )


class PaperDetailOutput(Output):
    """One paper with its structure."""

    schema_: Literal["ronbun.paper/1"] = Field(default="ronbun.paper/1", alias="schema")
    paper: PaperOutput
    passage_count: int
    parser: str
    added_at: str
    pages: list[PageOutput]
    sections: list[SectionOutput]
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
            pages=structure.pages,
            sections=structure.sections,
            findings=structure.findings,
        )


class ParsedOutput(Output):
    """A parsed document as `ronbun parse` prints it."""

    schema_: Literal["ronbun.parsed/1"] = Field(default="ronbun.parsed/1", alias="schema")
    paper: PaperOutput
    parser: str
    structure: StructureOutput
    blocks: list[BlockOutput]

    @classmethod
    def of(cls, document: ParsedDocument) -> Self:
        """Make it from the record; a box is [page, x0, y0, x1, y1]."""
        blocks = [
            BlockOutput(
                kind=block.kind.value,
                page=block.page,
                section=block.section,
                text=block.text,
                boxes=[_page_and_box(line.page, line.box) for line in block.lines if line.box is not None],
            )
            for block in document.blocks
        ]
        return cls(
            paper=PaperOutput.of(document.paper),
            parser=document.parser,
            structure=StructureOutput.of(document),
            blocks=blocks,
        )


class AddedOutput(Output):
    """A paper that an ingest added."""

    paper_id: str
    source: str
    title: str
    pages: int
    passages: int


class UnchangedOutput(Output):
    """A source whose content the library already held."""

    paper_id: str
    source: str


class FailedOutput(Output):
    """A source that failed, alone, with its reason."""

    source: str
    code: str
    message: str
    hint: str


class IngestOutput(Output):
    """What became of every source."""

    schema_: Literal["ronbun.ingest/1"] = Field(default="ronbun.ingest/1", alias="schema")
    added: list[AddedOutput]
    unchanged: list[UnchangedOutput]
    failed: list[FailedOutput]


class SheetItemOutput(Output):
    """One question of a sheet."""

    question: str
    facet: str
    answer: AnswerOutput


class SheetFindingOutput(Output):
    """A fault found when the sheet was read again, and what was done."""

    kind: str
    question: str
    message: str


class SheetOutput(Output):
    """A paper's sheet; the text of `one_line` and `summary` carries markers into their own citations."""

    schema_: Literal["ronbun.sheet/1"] = Field(default="ronbun.sheet/1", alias="schema")
    paper: PaperOutput
    language: Literal["en", "ja"]
    one_line: str
    one_line_citations: list[CitationOutput]
    summary: str
    summary_citations: list[CitationOutput]
    items: list[SheetItemOutput]
    findings: list[SheetFindingOutput]
    provenance: ProvenanceOutput

    @classmethod
    def of(cls, sheet: QASheet) -> Self:
        """Make it from the record."""
        titles = {sheet.paper.paper_id: sheet.paper.title}
        return cls(
            paper=PaperOutput.of(sheet.paper),
            language=sheet.language.value,
            one_line=sheet.one_line.text,
            one_line_citations=[CitationOutput.of(citation) for citation in sheet.one_line.citations],
            summary=sheet.summary.text,
            summary_citations=[CitationOutput.of(citation) for citation in sheet.summary.citations],
            items=[
                SheetItemOutput(
                    question=item.question, facet=item.facet.value, answer=AnswerOutput.of(item.answer, titles=titles)
                )
                for item in sheet.items
            ],
            findings=[
                SheetFindingOutput(kind=finding.kind.value, question=finding.question, message=finding.message)
                for finding in sheet.findings
            ],
            provenance=ProvenanceOutput.of(sheet.provenance),
        )


class DigestOutput(Output):
    """The sheets of a stretch of dates, newest first."""

    schema_: Literal["ronbun.digest/1"] = Field(default="ronbun.digest/1", alias="schema")
    first: str
    last: str
    language: Literal["en", "ja"]
    overview: list[str]
    entries: list[SheetOutput]

    @classmethod
    def of(cls, digest: Digest) -> Self:
        """Make it from the record."""
        return cls(
            first=digest.first,
            last=digest.last,
            language=digest.language.value,
            overview=list(digest.overview),
            entries=[SheetOutput.of(entry) for entry in digest.entries],
        )


class JobOutput(Output):
    """A job's state; `report` is what it made, `error` why it failed."""

    schema_: Literal["ronbun.job/1"] = Field(default="ronbun.job/1", alias="schema")
    job_id: str
    kind: str
    state: str
    progress: float
    message: str
    report: JsonValue
    error: JsonValue
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, job: JobRecord) -> Self:
        """Make it from the record; its payload stays inside."""
        return cls.model_validate(
            {
                "job_id": job.job_id,
                "kind": job.kind,
                "state": job.state,
                "progress": job.progress,
                "message": job.message,
                "report": _json_or_none(job.report),
                "error": _json_or_none(job.error),
                "created_at": job.created_at,
                "updated_at": job.updated_at,
            }
        )


class ComplaintOutput(Output):
    """One thing that the doctor found wrong."""

    code: str
    message: str
    repairable: bool


class DoctorOutput(Output):
    """What the doctor found; with `--repair`, what is left after mending."""

    schema_: Literal["ronbun.doctor/1"] = Field(default="ronbun.doctor/1", alias="schema")
    library: str
    complaints: list[ComplaintOutput]
    repaired: list[ComplaintOutput]


class ModelOutput(Output):
    """An encoder or generator that can be used here."""

    role: Literal["encoder", "generator"]
    name: str
    kind: str
    sha256: str | None
    available: bool
    note: str


class ModelsOutput(Output):
    """Encoders and generators, the ones in use first."""

    schema_: Literal["ronbun.models/1"] = Field(default="ronbun.models/1", alias="schema")
    models: list[ModelOutput]


def _page_and_box(page: int, box: Box) -> tuple[int, float, float, float, float]:
    x0, y0, x1, y1 = (round(value, 2) for value in box)
    return page, x0, y0, x1, y1


def _json_or_none(text: str | None) -> Any:
    return None if text is None else json.loads(text)
