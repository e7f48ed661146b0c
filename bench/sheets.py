"""Measures sheets over real papers: items, answers, citations, repeats, seconds. `python -m bench.sheets [--json]`.

Reads PDFs into a library in a temporary folder and makes each one's sheet with the extractive generator. A repeat is a
pair of answers of one sheet that share a citation or most of their character 3-grams; there must be none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.answering.records import AnswerStatus
from app.generators.extractive import ExtractiveGenerator
from app.sheets.build import build_sheet
from app.sheets.faults import repeat_of
from app.sheets.records import QASheet, SheetFindingKind
from indexes.encoding.encoder import open_encoder
from indexes.library import Library, open_library
from indexes.records import Language
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

DEFAULT_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class SheetFigures:
    """What one sheet holds."""

    title: str
    items: int
    asked: int
    citations: int
    repeats: int
    not_stated: int
    has_summary: bool
    elapsed_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns 1 where an answer repeats."""
    parser = argparse.ArgumentParser(prog="python -m bench.sheets", description=__doc__)
    parser.add_argument("--papers", type=int, default=10, help="how many of the papers, evenly spaced (default 10)")
    parser.add_argument("--lang", choices=[language.value for language in Language], default="ja")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    data = Path(os.environ.get("RONBUN_SHARED_DATA", DEFAULT_DATA))
    found = sorted((data / "pdfs").glob("*.pdf"))
    if not found:
        print(f"no papers under {data / 'pdfs'} (set RONBUN_SHARED_DATA)", file=sys.stderr)
        return 2
    chosen = found[:: max(1, len(found) // options.papers)][: options.papers]
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(chosen, Path(folder) / "library", language=Language(options.lang))
    print(json.dumps(summary(figures), ensure_ascii=False) if options.json else table(figures))
    return int(any(one.repeats for one in figures))


def measure(sources: Sequence[Path], folder: Path, *, language: Language) -> tuple[SheetFigures, ...]:
    """Ingest the papers and make their sheets."""
    encoder = open_encoder("bundled", threads=os.cpu_count() or 1)
    generator = ExtractiveGenerator(encoder=encoder)
    with open_library(folder, encoder=encoder, create=True) as library:
        ingest_sources(
            [str(source) for source in sources],
            library=library,
            limits=ParsingLimits(),
            jobs=1,
            fetching=FetchSettings(),
        )
        return tuple(
            _measured(stored.paper.paper_id, library, generator, language) for stored in library.papers.listed()
        )


def _measured(paper_id: str, library: Library, generator: ExtractiveGenerator, language: Language) -> SheetFigures:
    started = time.perf_counter()
    sheet = build_sheet(paper_id, library=library, generator=generator, language=language)
    elapsed_s = time.perf_counter() - started
    kinds = [finding.kind for finding in sheet.findings]
    not_stated = kinds.count(SheetFindingKind.NOT_STATED)
    return SheetFigures(
        title=sheet.paper.title,
        items=len(sheet.items),
        asked=len(sheet.items) + len(kinds) - not_stated,
        citations=len(_places(sheet)),
        repeats=sum(repeat_of(item.answer, sheet.items[:at]) is not None for at, item in enumerate(sheet.items)),
        not_stated=not_stated,
        has_summary=sheet.summary.status is AnswerStatus.ANSWERED,
        elapsed_s=round(elapsed_s, 2),
    )


def _places(sheet: QASheet) -> set[tuple[str, int]]:
    return {(one.passage_id, one.start) for item in sheet.items for one in item.answer.citations}


def summary(figures: Sequence[SheetFigures]) -> dict[str, object]:
    """Return means over the sheets, and each sheet's own figures."""
    count = len(figures) or 1
    return {
        "sheets": len(figures),
        "items_per_sheet": round(sum(one.items for one in figures) / count, 2),
        "share_of_asked_kept": round(sum(one.items for one in figures) / (sum(one.asked for one in figures) or 1), 3),
        "citations_per_sheet": round(sum(one.citations for one in figures) / count, 2),
        "repeats": sum(one.repeats for one in figures),
        "with_summary": sum(one.has_summary for one in figures),
        "seconds_per_sheet": round(sum(one.elapsed_s for one in figures) / count, 2),
        "each": [asdict(one) for one in figures],
    }


def table(figures: Sequence[SheetFigures]) -> str:
    """Return one line a sheet and one of totals."""
    lines = [f"{'items':>5} {'asked':>5} {'cited':>5} {'twice':>5} {'sec':>6}  title"]
    lines += [
        f"{one.items:5} {one.asked:5} {one.citations:5} {one.repeats:5} {one.elapsed_s:6.1f}  {one.title[:70]}"
        for one in figures
    ]
    totals = {name: value for name, value in summary(figures).items() if name != "each"}
    return "\n".join([*lines, json.dumps(totals)])


if __name__ == "__main__":
    raise SystemExit(main())
