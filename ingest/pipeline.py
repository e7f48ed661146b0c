"""Sources into a library: find, read in parallel, encode together, store one paper at a time.

A paper that fails, fails alone. What stops a run is the library or the model, never a paper; everything stored before
stays stored, and running again picks up where it stopped, because content that is already there is not read again.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from pathlib import Path
from typing import NamedTuple

from indexes.encoding.encoder import passage_context
from indexes.library import Library
from indexes.passage_encoding import EncodedTexts, encode_for_storing
from ingest.document_json import document_to_json
from ingest.fetch import FetchSettings, fetcher_for
from ingest.limits import ParsingLimits
from ingest.pages import ReadyPage, page_of, store_page
from ingest.parsing import Parsers
from ingest.reading import Duplicate, Lines, Reader, Reading, Ready, Unit, attempt
from ingest.registries.cache import AnswerCache
from ingest.registries.client import Registries
from ingest.remote import RemoteFiles
from ingest.report import (
    Added,
    Embedded,
    Failed,
    Found,
    IngestEvent,
    IngestReport,
    Outcome,
    Parsed,
    Started,
    Unchanged,
    report_of,
)
from ingest.sources import Source, find_sources

__all__ = ["Added", "Embedded", "Failed", "Found", "IngestEvent", "Parsed", "Started", "Unchanged", "ingest_sources"]

GROUP_PASSAGES = 64
"""Papers are encoded together up to so many passages: two batches of the encoder, seconds of work."""

READ_AHEAD = 4
"""Sources read ahead for each job, so that one slow file does not leave the encoder idle."""

_POLL_S = 0.2

_logger = logging.getLogger(__name__)


def ingest_sources(
    sources: Sequence[str | Source],
    *,
    library: Library,
    limits: ParsingLimits,
    jobs: int,
    fetching: FetchSettings,
    on_event: Callable[[IngestEvent], None] | None = None,
    cancelled: threading.Event | None = None,
) -> IngestReport:
    """Read every source into the library and report what became of each.

    Args:
        sources: files, folders, patterns, "arxiv:ID", addresses; or what `find_sources` made of such.
        library: where they go; its encoder makes the vectors.
        limits: what one file may cost.
        jobs: files parsed at the same time, each in a process.
        fetching: what downloads may reach and cost.
        on_event: told of everything as it happens, in the calling thread.
        cancelled: when set, the run ends after the papers at hand; the report holds what was done.

    Raises:
        LibraryError: the library cannot be written (LibraryFull: the disk is full); earlier papers are kept.
        ModelError: the encoder does not work.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ronbun-") as downloads,
        ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="ingest") as pool,
        Parsers(limits=limits, jobs=jobs) as parsers,
    ):
        remote = _remote_files(fetching, parsers, Path(downloads))
        reader = Reader(library=library, parsers=parsers, remote=remote)
        run = _Run(library, on_event or _tell_nobody, cancelled or threading.Event())
        try:
            run.work(find_sources(sources), reader, pool, ahead=jobs * READ_AHEAD)
        finally:
            parsers.close()
            pool.shutdown(wait=True, cancel_futures=True)
    return run.report()


def _remote_files(fetching: FetchSettings, parsers: Parsers, folder: Path) -> RemoteFiles:
    fetcher = fetcher_for(fetching)
    cache = AnswerCache(folder=fetching.cache_dir) if fetching.cache_dir else None
    return RemoteFiles(fetcher=fetcher, registries=Registries(fetcher, cache), parsers=parsers, folder=folder)


def _tell_nobody(event: IngestEvent) -> None:
    """Take the place of a listener."""


class _Place(NamedTuple):
    """Where a unit stands in the order of the run: its source's number, and its line's or entry's in that."""

    source: int
    line: int = 0


class _Run:
    """One run's state, touched by the calling thread alone; only `Reader.read` runs elsewhere."""

    def __init__(self, library: Library, tell: Callable[[IngestEvent], None], cancelled: threading.Event) -> None:
        self._library = library
        self._tell = tell
        self._cancelled = cancelled
        self._outcomes: dict[_Place, Outcome] = {}
        self._source_of_id: dict[str, str] = {}
        self._group: list[tuple[_Place, Ready | ReadyPage]] = []
        self._total = 0
        self._duplicates: list[tuple[_Place, Duplicate]] = []

    def work(self, units: Sequence[Unit | Failed], reader: Reader, pool: ThreadPoolExecutor, *, ahead: int) -> None:
        """Read the units in order, `ahead` of them at a time, and store what comes."""
        waiting: deque[tuple[_Place, Unit | Failed]] = deque((_Place(i), unit) for i, unit in enumerate(units))
        running: deque[tuple[_Place, Future[Reading]]] = deque()
        self._find_more(len(waiting))
        while (waiting or running) and not self._cancelled.is_set():
            while waiting and len(running) < ahead:
                self._start(*waiting.popleft(), reader, pool, running)
            if not running:
                continue
            if not running[0][1].done():
                self._store_group()
            reading = _finished(running[0][1])
            if reading is None:
                continue
            place, _ = running.popleft()
            if isinstance(reading, Lines):
                waiting.extendleft((_Place(place.source, unit.line.number), unit) for unit in reversed(reading.units))
                self._find_more(len(reading.units) - 1)
            else:
                self._take(place, reading)
        self._store_group()
        self._settle_duplicates()

    def report(self) -> IngestReport:
        """Return what became of the sources, in their order."""
        return report_of(outcome for _, outcome in sorted(self._outcomes.items(), key=lambda placed: placed[0]))

    def _find_more(self, count: int) -> None:
        self._total += count
        self._tell(Found(self._total))

    def _start(
        self,
        place: _Place,
        unit: Unit | Failed,
        reader: Reader,
        pool: ThreadPoolExecutor,
        running: deque[tuple[_Place, Future[Reading]]],
    ) -> None:
        if isinstance(unit, Failed):
            self._record(place, unit)
            return
        running.append((place, pool.submit(attempt, unit.source, partial(reader.read, unit))))
        self._tell(Started(unit.source))

    def _take(self, place: _Place, reading: Ready | ReadyPage | Duplicate | Unchanged | Failed) -> None:
        if isinstance(reading, Duplicate):
            self._duplicates.append((place, reading))
        elif isinstance(reading, ReadyPage):
            self._queue(place, reading, pages=1)
        elif not isinstance(reading, Ready):
            self._record(place, reading)
        elif (clash := self._clash(reading)) is not None:
            self._record(place, clash)
        else:
            self._queue(place, reading, pages=len(reading.document.pages))

    def _queue(self, place: _Place, reading: Ready | ReadyPage, *, pages: int) -> None:
        self._tell(Parsed(reading.source, pages, len(reading.passages)))
        self._group.append((place, reading))
        if sum(len(ready.passages) for _, ready in self._group) >= GROUP_PASSAGES:
            self._store_group()

    def _clash(self, ready: Ready) -> Failed | None:
        """Refuse a second paper with the id of one of this run, which would silently replace it."""
        paper_id = ready.document.paper.paper_id
        first_source = self._source_of_id.setdefault(paper_id, ready.source)
        if first_source == ready.source:
            return None
        message = f"{ready.source}: its paper_id {paper_id!r} is that of {first_source}, with other content"
        return Failed(ready.source, "bad_input", message, "Give each paper an id of its own, or none.")

    def _store_group(self) -> None:
        """Encode the waiting papers' passages in one go, then store the papers one by one."""
        group, self._group = self._group, []
        if not group:
            return
        started = time.monotonic()
        texts = [text for _, ready in group for text in _texts_of(ready)]
        library = self._library
        encoded = encode_for_storing(
            library.encoder, texts, cache=library.encodings, on_batch=lambda count: self._tell(Embedded(count))
        )
        elapsed_ms = round((time.monotonic() - started) * 1000)
        _logger.info("embedded papers=%d passages=%d elapsed_ms=%d", len(group), len(texts), elapsed_ms)
        first = 0
        for place, ready in group:
            part = encoded.part(first, len(ready.passages))
            first += len(ready.passages)
            if isinstance(ready, ReadyPage):
                self._store_page(place, ready, part)
            else:
                self._record(place, attempt(ready.source, partial(_store, self._library, ready, part)))

    def _store_page(self, place: _Place, page: ReadyPage, encoded: EncodedTexts) -> None:
        """Store a page's entries together; each is an outcome of its own."""
        stored = attempt(page.source, partial(store_page, self._library, page, encoded))
        outcomes = [stored] if isinstance(stored, Failed) else stored
        self._find_more(len(outcomes) - 1)
        for number, outcome in enumerate(outcomes):
            self._record(_Place(place.source, number), outcome)

    def _settle_duplicates(self) -> None:
        """Give every source that repeats another one the other's fate."""
        fates: dict[str, Outcome] = {}
        for _, outcome in sorted(self._outcomes.items(), key=lambda placed: placed[0]):
            fates[outcome.source] = outcome
            fates.setdefault(page_of(outcome.source), outcome)
        for place, duplicate in self._duplicates:
            fate = fates.get(duplicate.first_source)
            if isinstance(fate, Failed):
                self._record(place, Failed(duplicate.source, fate.code, fate.message, fate.hint))
            elif fate is not None:
                self._record(place, Unchanged(fate.paper_id, duplicate.source))

    def _record(self, place: _Place, outcome: Outcome) -> None:
        self._outcomes[place] = outcome
        self._tell(outcome)


def _finished(future: Future[Reading]) -> Reading | None:
    """Return what the future gives, or None if it gives nothing yet; waits a moment so that cancelling is noticed."""
    try:
        return future.result(timeout=_POLL_S)
    except NotYet:
        return None


def _texts_of(ready: Ready | ReadyPage) -> Iterator[str]:
    """Yield what is encoded of each passage: its text behind its paper's title and its section."""
    for paper in ready.new if isinstance(ready, ReadyPage) else (ready,):
        for passage in paper.passages:
            yield passage_context(paper.document.paper.title, passage.section) + passage.text


def _store(library: Library, ready: Ready, encoded: EncodedTexts) -> Added:
    """Keep the original, then write the paper in one transaction: a file without a paper harms nothing."""
    document, paper = ready.document, ready.document.paper
    if ready.original is not None:
        library.store.put_file(ready.original, paper.content_sha256, ready.original.suffix.lower())
    library.store.put_paper(
        paper,
        ready.passages,
        encoded.vectors,
        parser=document.parser,
        document_json=document_to_json(document),
        token_blobs=encoded.token_blobs,
    )
    return Added(paper.paper_id, ready.source, paper.title, len(document.pages), len(ready.passages))
