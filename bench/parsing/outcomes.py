"""PDF files to what parsing each gave, in a worker process that is replaced when a file crashes it or hangs it."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.parsing.evidence import NOTHING_COUNTED, EvidenceCounts, count_evidence
from indexes.encoding.encoder import Encoder
from indexes.errors import RonbunError
from ingest.collecting import collect_rarely
from ingest.document import BlockKind, FindingKind, ParsedDocument
from ingest.pdf.parser import parse_pdf

TIME_LIMIT_S = 60.0
MAX_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What parsing one file gave. `fate` is parsed, an error's code, leaked:TYPE, crashed:EXITCODE or timed_out.

    `cpu_s` is the parser's processor time, `peak_mb` the worker's memory after it. `owning_headings` have a paragraph
    of their own, as opposed to those that only hold further headings.
    """

    path: Path
    fate: str
    cpu_s: float
    peak_mb: float = 0.0
    pages: int = 0
    engines: tuple[str, ...] = ()
    text: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    abstract: str = ""
    year: str = ""
    doi: str = ""
    headings: tuple[str, ...] = ()
    owning_headings: tuple[str, ...] = ()
    references: int = 0
    tables: int = 0
    hidden_pages: tuple[int, ...] = ()
    evidence: EvidenceCounts = NOTHING_COUNTED


def parse_all(
    paths: Iterable[Path], *, encoder: Encoder | None = None, limit_s: float = TIME_LIMIT_S
) -> Iterator[Outcome]:
    """Parse each file in a worker, and start a new worker when one is lost.

    Args:
        paths: the files.
        encoder: whose window passages are cut for; without one no evidence is counted. It stays out of the workers,
            so that they hold what an ingest's hold.
        limit_s: wall time for one file.
    """
    worker: tuple[Any, Connection] | None = None
    for path in paths:
        worker = worker or _start_worker()
        process, pipe = worker
        started = time.perf_counter()
        pipe.send(path)
        try:
            if pipe.poll(limit_s):
                outcome, document = pipe.recv()
                yield _with_evidence(outcome, document, encoder)
                continue
            fate = "timed_out"
        except EOFError:
            process.join()
            fate = f"crashed:{process.exitcode}"
        process.kill()
        process.join()
        worker = None
        yield Outcome(path, fate, time.perf_counter() - started)
    if worker:
        worker[1].send(None)
        worker[0].join()


def _with_evidence(outcome: Outcome, document: ParsedDocument | None, encoder: Encoder | None) -> Outcome:
    if document is None or encoder is None:
        return outcome
    return replace(outcome, evidence=count_evidence(document, encoder=encoder))


def _start_worker() -> tuple[Any, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _work(pipe: Connection) -> None:
    collect_rarely()  # as in the process that parses for an ingest
    while (path := pipe.recv()) is not None:
        pipe.send(_parse_one(path))


def _parse_one(path: Path) -> tuple[Outcome, ParsedDocument | None]:
    started = time.process_time()
    try:
        document = parse_pdf(path, source=path.name, max_pages=MAX_PAGES)
    except RonbunError as error:
        return Outcome(path, error.code, time.process_time() - started, _peak_mb()), None
    except Exception as error:
        fate = f"leaked:{type(error).__name__}: {error}"[:200]
        return Outcome(path, fate, time.process_time() - started, _peak_mb()), None
    cpu_s, peak_mb = time.process_time() - started, _peak_mb()
    return _outcome(path, document, cpu_s=cpu_s, peak_mb=peak_mb), document


def _outcome(path: Path, document: ParsedDocument, *, cpu_s: float, peak_mb: float) -> Outcome:
    paper = document.paper
    text = "\n".join(block.text for block in document.blocks)
    text.encode()  # a lone surrogate would be a fault of ours, and raises here
    owners = {
        block.section
        for block in document.blocks
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.ABSTRACT)
    }
    return Outcome(
        path,
        "parsed",
        cpu_s,
        peak_mb,
        pages=len(document.pages),
        engines=tuple(page.engine.value if page.engine else "" for page in document.pages),
        text=text,
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        year=(paper.published or "")[:4],
        doi=paper.doi or "",
        headings=tuple(section.title for section in document.sections),
        owning_headings=tuple(section.title for place, section in enumerate(document.sections) if place in owners),
        references=sum(block.kind is BlockKind.REFERENCE for block in document.blocks),
        tables=sum(block.table is not None for block in document.blocks),
        hidden_pages=tuple(
            finding.page or 0 for finding in document.findings if finding.kind is FindingKind.HIDDEN_TEXT
        ),
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
