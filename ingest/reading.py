"""One source to a paper that is ready for the encoder: fetched, hashed, known or parsed, cut into passages.

Runs in the threads of an ingest. What fails here is that source's failure; what the library or the disk refuses is not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from indexes.errors import (
    LibraryError,
    LibraryFull,
    ModelError,
    NoTextInSource,
    ParsingFailed,
    RonbunError,
    TooLarge,
    UnreadableSource,
)
from indexes.library import Library
from indexes.records import Passage, SourceKind
from indexes.storage.files import NO_ROOM
from ingest.completion import completed_by_own_ids
from ingest.document import ParsedDocument
from ingest.identity import is_paper_id, paper_id_of, sha256_of_bytes, sha256_of_file
from ingest.kinds import kind_of
from ingest.limits import MEBIBYTE
from ingest.line_index import LineAt, lines_in, read_line
from ingest.notes.documents import PARSER as NOTES_PARSER
from ingest.notes.documents import note_id_of
from ingest.pages import ReadyPage, compare_page
from ingest.parsing import Parsers, check_size
from ingest.passages import make_passages
from ingest.remote import RemoteFiles
from ingest.report import Failed, Unchanged, failed_by
from ingest.sources import FileSource, RemoteSource

_logger = logging.getLogger(__name__)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class LineSource:
    """One line of a file of JSON lines; `source` is the file's name and the line's number."""

    source: str
    path: Path
    line: LineAt


Unit = FileSource | RemoteSource | LineSource


@dataclass(frozen=True, slots=True)
class Ready:
    """A paper that waits for its vectors; `original` is the file to keep, None for a line of JSON."""

    source: str
    document: ParsedDocument
    passages: tuple[Passage, ...]
    original: Path | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A source with the very content of another one of this run, whose fate it shares."""

    source: str
    first_source: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A file that turned out to hold a paper a line."""

    units: tuple[LineSource, ...]


Reading = Ready | ReadyPage | Duplicate | Lines | Unchanged | Failed


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads units for one run, from any number of threads; it remembers which content the run has seen."""

    library: Library
    parsers: Parsers
    remote: RemoteFiles
    _first_source_of: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, unit: Unit) -> Ready | ReadyPage | Duplicate | Lines | Unchanged:
        """Read one unit.

        Raises:
            BadInput, NotFound, NotAllowed: this source cannot be read.
            LibraryError: the library cannot be asked.
        """
        if isinstance(unit, LineSource):
            return self._read_line(unit)
        if isinstance(unit, RemoteSource):
            return self._read_remote(unit)
        return self._read_own(unit)

    def _read_remote(self, unit: RemoteSource) -> Ready | ReadyPage | Duplicate | Lines | Unchanged:
        obtained = self.remote.obtain(unit)
        reading = self._read_file(FileSource(unit.source, obtained.path))
        if isinstance(reading, Duplicate | Unchanged):
            obtained.path.unlink()
        if not isinstance(reading, Ready):
            return reading
        return replace(reading, document=obtained.complete(reading.document))

    def _read_own(self, unit: FileSource) -> Ready | ReadyPage | Duplicate | Lines | Unchanged:
        """Read a file of this machine; registries hear of it only where that is wanted."""
        reading = self._read_file(unit)
        if not isinstance(reading, Ready) or not self.remote.fetcher.settings.complete_metadata:
            return reading
        return replace(reading, document=completed_by_own_ids(reading.document, registries=self.remote.registries))

    def _read_file(self, unit: FileSource) -> Ready | ReadyPage | Duplicate | Lines | Unchanged:
        if kind_of(unit.path) is SourceKind.JSONL:
            return _lines(unit)
        check_size(unit.path, limits=self.parsers.limits)
        with _readable(unit.source):
            content_sha256 = sha256_of_file(unit.path)
        known = self._known(content_sha256, unit.source)
        if known is not None:
            return known
        document, *entries = self.parsers.parse_all(unit.path, source=unit.source)
        if entries:
            return self._page((document, *entries), content_sha256, unit)
        if document.paper.paper_id != paper_id_of(content_sha256):
            raise _not_what_was_read(unit.source)
        return self._ready(document, content_sha256, source=unit.source, original=unit.path)

    def _read_line(self, unit: LineSource) -> Ready | Duplicate | Unchanged:
        limit_mb = self.parsers.limits.max_file_mb
        if unit.line.length > limit_mb * MEBIBYTE:
            raise TooLarge(
                f"{unit.source} has {unit.line.length / MEBIBYTE:.1f} MiB, the limit is {limit_mb} MiB",
                hint="Raise RONBUN_MAX_UPLOAD_MB, or split the paper.",
            )
        with _readable(unit.source):
            line = read_line(unit.path, unit.line)
        content_sha256 = sha256_of_bytes(line)
        known = self._known(content_sha256, unit.source)
        if known is not None:
            return known
        document = self.parsers.parse_line(line, source=unit.source)
        return self._ready(document, content_sha256, source=unit.source, original=None)

    def _known(self, content_sha256: str, source: str) -> Unchanged | Duplicate | None:
        """Say whether the library or this run has this content already; if not, it is this source's from now on.

        A page of notes is read again where entries of it are there: one may have been removed since.
        """
        stored = self.library.papers.with_content(content_sha256)
        if stored is not None and stored.parser != NOTES_PARSER:
            return Unchanged(stored.paper.paper_id, source)
        with self._lock:
            first_source = self._first_source_of.setdefault(content_sha256, source)
        return None if first_source == source else Duplicate(source, first_source)

    def _page(self, documents: tuple[ParsedDocument, ...], content_sha256: str, unit: FileSource) -> ReadyPage:
        """Check what the child says of a page's records, and compare them with those that the library holds."""
        for document in documents:
            paper = document.paper
            is_of_page = paper.content_sha256 == content_sha256 and paper.source.startswith(unit.source)
            if not is_of_page or paper.paper_id != note_id_of(document):
                raise _not_what_was_read(unit.source)
        page = compare_page(documents, source=unit.source, original=unit.path, library=self.library)
        if page is None:
            raise NoTextInSource(f"{unit.source} holds no prose", hint="Give a file with text.")
        return page

    def _ready(self, document: ParsedDocument, content_sha256: str, *, source: str, original: Path | None) -> Ready:
        """Check what the child says of itself, and cut the passages."""
        paper = document.paper
        if (paper.content_sha256, paper.source) != (content_sha256, source) or not is_paper_id(paper.paper_id):
            raise _not_what_was_read(source)
        passages = make_passages(document, encoder=self.library.encoder)
        if not passages:
            raise NoTextInSource(
                f"{source} holds no prose: none of its {len(document.blocks)} blocks could answer anything",
                hint="It may be scanned or only a list of references; give a file with text.",
            )
        return Ready(source, document, passages, original)


def _lines(unit: FileSource) -> Lines:
    with _readable(unit.source):
        units = tuple(LineSource(f"{unit.source}:{line.number}", unit.path, line) for line in lines_in(unit.path))
    if not units:
        raise NoTextInSource(f"{unit.source} is empty: it has no line of JSON", hint="A line is one paper.")
    return Lines(units)


@contextmanager
def _readable(source: str) -> Iterator[None]:
    """Make what the system says of a file this source's own error."""
    try:
        yield
    except OSError as error:
        raise UnreadableSource(f"{source} cannot be read: {error.strerror}", hint="Check its permissions.") from error


def _not_what_was_read(source: str) -> ParsingFailed:
    return ParsingFailed(
        f"{source}: what was parsed is not what was hashed", hint="The file changed while it was read; ingest it again."
    )


def attempt(source: str, step: Callable[[], _Value]) -> _Value | Failed:
    """Do one step for one paper; its errors are its own failure, unless the library, the model or the disk is at fault.

    Raises:
        LibraryError, ModelError: nothing after this paper would fare better. LibraryFull also for a full disk.
    """
    try:
        return step()
    except (LibraryError, ModelError):
        raise
    except RonbunError as error:
        _logger.info("failed source=%s code=%s", source, error.code)
        return failed_by(error, source=source)
    except Exception as error:  # once per paper: no file may stop the others
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise LibraryFull(
                f"{error.filename or 'a temporary file'}: the disk takes no more",
                hint="Free space; everything stored before is intact.",
            ) from error
        _logger.exception("failed source=%s code=internal", source)
        message = f"{source}: {type(error).__name__}: {error}"
        return Failed(source, "internal", message, "This is a fault in Ronbun; the log has its traceback.")
