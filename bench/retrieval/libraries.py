"""A set's lines to an open library, through the real pipeline; made once for the same lines, encoder and code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from bench.retrieval.sets import Line, QuestionSet
from bench.retrieval.stored_vectors import StoredVectors
from indexes.library import Library, open_library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

REPOSITORY = Path(__file__).resolve().parents[2]
DECIDING_CODE = (
    "ingest/*.py",
    "indexes/passage_encoding.py",
    "indexes/encoding/encoder.py",
    "indexes/late_interaction/codes.py",
    "indexes/late_interaction/maxsim.py",
    "indexes/late_interaction/projection.*",
)
"""What decides passages, what is encoded of them and what is kept of word pieces; a change makes libraries anew."""

LINES_A_FILE = 20_000
"""Lines written to one file; a file may have at most `ParsingLimits.max_file_mb`."""


@contextmanager
def library_of(questions: QuestionSet, *, cache: Path, encoder: StoredVectors) -> Iterator[Library]:
    """Give the open library of a set, made in `cache` unless a finished one for the same input is there."""
    files = _written(questions, cache)
    folder = cache / f"{questions.library}-{_key(files, encoder)}"
    finished = folder / "finished"
    with open_library(folder, encoder=encoder, create=True) as library:
        if not finished.is_file():
            _ingest(files, library, questions)
        library.catch_up()
        finished.touch()
        yield library


def _written(questions: QuestionSet, cache: Path) -> list[Path]:
    """Write the lines as files of JSON lines, a paper's first line only, and return the files."""
    folder = cache / "corpora" / questions.library
    folder.mkdir(parents=True, exist_ok=True)
    lines = list({str(line["paper_id"]): line for line in reversed(questions.lines)}.values())[::-1]
    files = []
    for start in range(0, len(lines), LINES_A_FILE):
        file = folder / f"{start // LINES_A_FILE:03}.jsonl"
        file.write_text(_as_text(lines[start : start + LINES_A_FILE]), encoding="utf-8")
        files.append(file)
    return files


def _as_text(lines: Sequence[Line]) -> str:
    return "".join(json.dumps(dict(line), ensure_ascii=False) + "\n" for line in lines)


def _key(files: Sequence[Path], encoder: StoredVectors) -> str:
    """Return a short hash of what decides the passages and vectors: the lines, the encoder, the ingest's code."""
    code = [file for pattern in DECIDING_CODE for file in sorted(REPOSITORY.glob(pattern))]
    digest = sha256(encoder.sha256.encode())
    for path in [*files, *code]:
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _ingest(files: Sequence[Path], library: Library, questions: QuestionSet) -> None:
    """Ingest; a line without text fails alone and is named, for a set may judge what it does not print."""
    report = ingest_sources(
        [str(file) for file in files], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings()
    )
    for failure in report.failed:
        print(f"{questions.name}: not ingested: {failure.message}", file=sys.stderr)
