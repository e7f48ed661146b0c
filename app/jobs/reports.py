"""An ingest's report as the JSON output that command line and service share."""

from __future__ import annotations

from app.schemas_library import AddedOutput, FailedOutput, IngestOutput, RemovedOutput, UnchangedOutput
from ingest.report import IngestReport


def ingest_output(report: IngestReport) -> IngestOutput:
    """Return what became of every source."""
    return IngestOutput(
        added=[
            AddedOutput(
                paper_id=added.paper_id,
                source=added.source,
                title=added.title,
                pages=added.pages,
                passages=added.passages,
            )
            for added in report.added
        ],
        unchanged=[UnchangedOutput(paper_id=same.paper_id, source=same.source) for same in report.unchanged],
        removed=[
            RemovedOutput(paper_id=gone.paper_id, source=gone.source, title=gone.title) for gone in report.removed
        ],
        failed=[
            FailedOutput(source=failed.source, code=failed.code, message=failed.message, hint=failed.hint)
            for failed in report.failed
        ],
    )
