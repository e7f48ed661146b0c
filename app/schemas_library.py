"""JSON outputs about the library: papers, parsed documents, ingest reports, sheets, digests, jobs, health."""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import Field, JsonValue

from app.schemas import AnswerOutput, CitationOutput, Output, ProvenanceOutput
from app.schemas_papers import PaperOutput
from app.sheets.records import Digest, QASheet
from indexes.storage.jobs import JobRecord


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


class RemovedOutput(Output):
    """An entry that its page of notes has no more."""

    paper_id: str
    source: str
    title: str


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
    removed: list[RemovedOutput] = Field(default_factory=list)
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
        return cls(
            paper=PaperOutput.of(sheet.paper),
            language=sheet.language.value,
            one_line=sheet.one_line.text,
            one_line_citations=[CitationOutput.of(citation) for citation in sheet.one_line.citations],
            summary=sheet.summary.text,
            summary_citations=[CitationOutput.of(citation) for citation in sheet.summary.citations],
            items=[
                SheetItemOutput(question=item.question, facet=item.facet.value, answer=AnswerOutput.of(item.answer))
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
    """What the doctor found; with `--repair`, what is left after mending.

    `recognition` says what recognises pages without text: the program with its languages, or why there is none.
    """

    schema_: Literal["ronbun.doctor/1"] = Field(default="ronbun.doctor/1", alias="schema")
    library: str
    complaints: list[ComplaintOutput]
    repaired: list[ComplaintOutput]
    recognition: str


def _json_or_none(text: str | None) -> Any:
    return None if text is None else json.loads(text)
