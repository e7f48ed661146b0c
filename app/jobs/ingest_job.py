"""The job that ingests uploaded files or fetched addresses, and frees the uploads when it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from app.jobs.kinds import JobStopped, Progress
from app.jobs.reports import ingest_output
from app.jobs.uploads import Uploads
from app.schemas_library import FailedOutput, IngestOutput
from indexes.errors import RonbunError, error_with_code
from ingest.report import Added, Failed, Found, IngestEvent, IngestReport, Removed, Unchanged
from ingest.sources import FileSource

MAX_REASONS_SHOWN = 5  # of a job's failed sources, in its error


class Ingest(Protocol):
    """Ingests sources into the library that the root opened, under the limits that the root read."""

    def __call__(
        self,
        sources: Sequence[str | FileSource],
        *,
        on_event: Callable[[IngestEvent], None],
        cancelled: threading.Event,
    ) -> IngestReport:
        """Ingest; see `ingest.pipeline.ingest_sources`."""
        ...


class IngestPayload(BaseModel):
    """What to ingest: addresses, or, with `folder`, files inside that folder of the uploads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[str, ...]
    folder: str | None = None


class IngestJobs:
    """Runs ingests; uploads are files under `uploads`, named in reports as their senders named them."""

    def __init__(self, ingest: Ingest, *, uploads: Uploads) -> None:
        self._ingest = ingest
        self._uploads = uploads

    def run(self, payload: str, *, progress: Progress, cancelled: threading.Event) -> str:
        """Ingest every source; one that fails is in the report, and fails the job only if no other came through."""
        wanted = IngestPayload.model_validate_json(payload)
        total, finished = 0, 0

        def follow(event: IngestEvent) -> None:
            nonlocal total, finished
            if isinstance(event, Found):
                total = event.total
            elif isinstance(event, Added | Unchanged | Removed | Failed):
                finished += 1
            progress(finished / max(total, finished, 1), f"{finished} of {max(total, finished)} papers")

        sources = self._sources(wanted)
        report = self._ingest(sources, on_event=follow, cancelled=cancelled)
        if cancelled.is_set():
            raise JobStopped
        output = _without_places(ingest_output(report), sources)
        _raise_if_nothing_came_through(output)
        return output.model_dump_json()

    def ended(self, payload: str) -> None:
        """Delete the uploaded files."""
        folder = IngestPayload.model_validate_json(payload).folder
        if folder is not None:
            self._uploads.remove(folder)

    def resume(self, payloads: Sequence[str]) -> None:
        """Delete uploads that no waiting job refers to."""
        folders = {IngestPayload.model_validate_json(payload).folder for payload in payloads}
        self._uploads.keep_only({folder for folder in folders if folder is not None})

    def _sources(self, wanted: IngestPayload) -> tuple[str | FileSource, ...]:
        """Return the addresses, or the uploaded files under the names that their senders gave them."""
        if wanted.folder is None:
            return wanted.sources
        paths = [self._uploads.place(wanted.folder, place) for place in wanted.sources]
        return tuple(FileSource(path.name, path) for path in paths)


def _without_places(output: IngestOutput, sources: Sequence[str | FileSource]) -> IngestOutput:
    """Name uploads in messages as their senders did: where they lay is gone by the time that anybody reads it."""
    names = {str(source.path): source.source for source in sources if isinstance(source, FileSource)}
    failed = []
    for one in output.failed:
        message = one.message
        for place, name in names.items():
            message = message.replace(place, name)
        failed.append(one.model_copy(update={"message": message}))
    return output.model_copy(update={"failed": failed})


def _nothing_ingested(failed: Sequence[FailedOutput]) -> RonbunError:
    """Return the error of an ingest that brought nothing: the first one's code, the first few reasons."""
    reasons = [f"{one.source}: {one.message}" for one in failed[:MAX_REASONS_SHOWN]]
    if len(failed) > MAX_REASONS_SHOWN:
        reasons.append(f"and {len(failed) - MAX_REASONS_SHOWN} more")
    return error_with_code(failed[0].code, "; ".join(reasons), hint=failed[0].hint)


def _raise_if_nothing_came_through(output: IngestOutput) -> None:
    if output.failed and not output.added and not output.unchanged:
        raise _nothing_ingested(output.failed)
