"""The child process that parses: `python -m ingest.worker MEMORY_MB` reads requests on stdin and answers on stdout.

It limits itself before it reads the first file: address space, CPU seconds, no file writes, few open files. It is given
no settings and no secrets, and trusts its parent alone.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO

from indexes.errors import NotFound, ParsingFailed, RonbunError
from indexes.records import SourceKind
from ingest import frames
from ingest.collecting import collect_rarely
from ingest.document import ParsedDocument
from ingest.document_json import documents_to_json
from ingest.html import parse_html
from ingest.jsonl import parse_jsonl_line
from ingest.landing import landing_to_json, read_landing
from ingest.limits import MEBIBYTE
from ingest.markdown import parse_markdown
from ingest.notes.documents import documents_of_page
from ingest.notes.single import note_or_paper
from ingest.pdf.parser import parse_pdf
from ingest.pdf.recognition import Recogniser, Recognition, not_recognising
from ingest.pdf.render import render_page
from ingest.pdf.tesseract import find_tesseract
from ingest.plain_text import parse_text

MAX_OPEN_FILES = 64
_TEXT_PARSERS = {SourceKind.MARKDOWN: parse_markdown, SourceKind.TEXT: parse_text, SourceKind.HTML: parse_html}
_HINT = "The file may be damaged; raise the limits if it is only large."


def main() -> None:
    """Answer requests until stdin ends."""
    memory_mb = int(sys.argv[1])
    _limit_resources(memory_mb)
    collect_rarely()
    find_recogniser = cache(find_tesseract)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    _send(answers, frames.pack({"ready": True}))
    while (message := frames.read(sys.stdin.buffer)) is not None:
        request, body = message
        _limit_cpu(float(request["timeout_s"]))
        recognition = _recognition(request, answers, find=find_recogniser)
        _send(answers, _answer(request, body, memory_mb=memory_mb, recognition=recognition))


def _recognition(request: frames.Head, answers: BinaryIO, *, find: Callable[[], Recogniser]) -> Recognition:
    """Return how far the request lets pages be recognised; the parent hears of each page, and allows time for it."""
    allowed = request.get("recognition")
    if not allowed:
        return not_recognising(request.get("recognition_ended", ""))
    page_timeout_s = float(allowed["page_timeout_s"])

    def announce(page: int, count: int) -> None:
        _limit_cpu(max(page_timeout_s, float(request["timeout_s"])))
        _send(answers, frames.pack({frames.RECOGNISING: page, "count": count}))

    max_pages = int(allowed["max_pages"])
    return Recognition(find=find, max_pages=max_pages, page_timeout_s=page_timeout_s, on_page=announce)


def _limit_resources(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MEBIBYTE, memory_mb * MEBIBYTE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))


def _limit_cpu(timeout_s: float) -> None:
    """Allow this request so many CPU seconds more; the parent's clock is the limit that counts."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime + timeout_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _send(answers: BinaryIO, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[answers.write(view) :]


def _answer(request: frames.Head, body: bytes, *, memory_mb: int, recognition: Recognition) -> bytes:
    """Do what is asked; every failure is an answer, so that one file never costs the others their parser."""
    try:
        return frames.pack({"ok": True, "peak_mb": _peak_mb()}, _operate(request, body, recognition))
    except RonbunError as error:
        return _failure(error)
    except MemoryError:
        return _failure(ParsingFailed(f"out of memory: parsing takes more than {memory_mb} MiB", hint=_HINT))
    except Exception as error:  # a root: parsers of hostile files raise anything
        traceback.print_exc(limit=-8)
        return _failure(ParsingFailed(f"the parser failed: {type(error).__name__}: {str(error)[:300]}", hint=_HINT))


def _failure(error: RonbunError) -> bytes:
    text = {"code": error.code, "message": error.message[:2000], "hint": error.hint[:2000]}
    return frames.pack({"ok": False, "peak_mb": _peak_mb(), **text})


def _operate(request: frames.Head, body: bytes, recognition: Recognition) -> bytes:
    if request["operation"] == "render":
        return render_page(
            Path(request["path"]), request["page"], scale=request["scale"], max_pixels=request["max_pixels"]
        )
    if request["operation"] == "landing":
        path = Path(request["path"])
        return landing_to_json(read_landing(_content(path), source=path.name))
    return documents_to_json(_documents(request, body, recognition))


def _documents(request: frames.Head, body: bytes, recognition: Recognition) -> tuple[ParsedDocument, ...]:
    """Return the papers of a file or line: one, but for a page of notes that is to be split."""
    source, kind = request["source"], SourceKind(request["kind"])
    if kind is SourceKind.PDF:
        path, max_pages = Path(request["path"]), request["max_pages"]
        return (parse_pdf(path, source=source, max_pages=max_pages, recognition=recognition),)
    if kind is SourceKind.JSONL:
        return (parse_jsonl_line(body, source=source),)
    content = _content(Path(request["path"]))
    entries = documents_of_page(content, source=source, kind=kind) if request["is_split"] else ()
    return entries or (note_or_paper(_TEXT_PARSERS[kind](content, source=source)),)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there", hint="Check the path.") from error


def _peak_mb() -> int:
    """Return the most memory that this program held, in MiB.

    Linux counts in `ru_maxrss` what the parent held when it started the child: beside a loaded encoder every child
    would look too large to keep. The high-water mark of /proc begins anew with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
