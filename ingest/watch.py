"""Sources watched for new and changed files: what has come to rest is ingested, again and again until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ingest.report import IngestReport
from ingest.sources import FileSource, find_sources

Snapshot = dict[FileSource, tuple[int, int]]


def watch_sources(
    sources: Sequence[str],
    *,
    ingest: Callable[[Sequence[FileSource]], IngestReport],
    on_report: Callable[[IngestReport], None],
    interval_s: float,
    stopped: threading.Event,
) -> None:
    """Look every `interval_s` seconds; ingest each file whose size and time changed since it was last ingested.

    A file is taken when two looks in a row find it the same, so that one being copied is left until it is whole. Only
    files are watched: addresses, and names that mean nothing yet, are left alone until there is a file.
    """
    ingested: Snapshot = {}
    before: Snapshot = {}
    while not stopped.is_set():
        now = _snapshot(sources)
        ready = [source for source, state in now.items() if before.get(source) == state != ingested.get(source)]
        if ready:
            on_report(ingest(ready))
            ingested.update({source: now[source] for source in ready})
        before = now
        stopped.wait(interval_s)


def _snapshot(sources: Sequence[str]) -> Snapshot:
    """Return size and time of every file there is."""
    states: Snapshot = {}
    for source in find_sources(sources):
        if isinstance(source, FileSource):
            try:
                status = source.path.stat()
            except FileNotFoundError:
                continue  # gone between the two looks at it
            states[source] = (status.st_size, status.st_mtime_ns)
    return states
