"""The files that hold no usable text, read from pictures of their pages: titles, seconds a page, quality."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexes.errors import RonbunError
from ingest.document import PageEngine
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers


@dataclass(frozen=True, slots=True)
class Recognised:
    """What recognition gave for one file; `fate` is parsed or an error's code, `quality` the mean over its pages."""

    name: str
    fate: str
    elapsed_s: float
    pages: int = 0
    recognised_pages: int = 0
    quality: float = 0.0
    title: str = ""
    has_abstract: bool = False


def recognise_all(paths: Iterable[Path]) -> Iterator[Recognised]:
    """Parse each file as an ingest does, recognition on."""
    with Parsers(limits=ParsingLimits()) as parsers:
        for path in paths:
            started = time.perf_counter()
            try:
                document = parsers.parse(path)
            except RonbunError as error:
                yield Recognised(path.name, error.code, time.perf_counter() - started)
                continue
            stated = [page.quality for page in document.pages if page.quality is not None]
            yield Recognised(
                path.name,
                "parsed",
                time.perf_counter() - started,
                len(document.pages),
                sum(page.engine is PageEngine.OCR for page in document.pages),
                sum(stated) / max(len(stated), 1),
                document.paper.title,
                bool(document.paper.abstract),
            )
