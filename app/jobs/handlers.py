"""The handlers of every kind of job, over one library, one generator and one set of limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from app.generators.protocol import Generator
from app.jobs.ingest_job import IngestJobs
from app.jobs.kinds import JobHandler, JobKind
from app.jobs.sheet_job import SheetJobs
from app.jobs.uploads import Uploads
from indexes.library import Library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources
from ingest.report import IngestEvent, IngestReport
from ingest.sources import FileSource

PARSING_PROCESSES = 1  # at a time: questions are answered on the same cores meanwhile


def job_handlers(
    *, library: Library, generator: Generator, uploads: Uploads, limits: ParsingLimits, fetching: FetchSettings
) -> Mapping[JobKind, JobHandler]:
    """Return the handlers by kind."""

    def ingest(
        sources: Sequence[str | FileSource], *, on_event: Callable[[IngestEvent], None], cancelled: threading.Event
    ) -> IngestReport:
        return ingest_sources(
            sources,
            library=library,
            limits=limits,
            jobs=PARSING_PROCESSES,
            fetching=fetching,
            on_event=on_event,
            cancelled=cancelled,
        )

    return {
        JobKind.INGEST: IngestJobs(ingest, uploads=uploads),
        JobKind.SHEET: SheetJobs(library=library, generator=generator),
    }
