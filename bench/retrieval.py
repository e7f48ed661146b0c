"""Measure search within one paper: COVID-QA and QASPER, development halves.

    python -m bench.retrieval [--json] [--data DIR] [--library DIR]

The papers are ingested as JSON lines through `ingest_sources`, and every question is searched through `search` with
`paper_ids`, as `ronbun search --paper` does. A hit is a passage that shares a character with a gold stretch (COVID-QA's
answer offsets, QASPER's gold paragraphs). Questions without gold are left out (702 and 43 remain); gold that no passage
holds (an answer inside the title, say) counts against us. The result is also written to bench/results/retrieval.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from bench.gold import Stretch, overlapping, placed
from indexes.encoder import open_encoder
from indexes.library import Library, open_library
from indexes.search import search
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
RESULTS = Path(__file__).parent / "results" / "retrieval.json"
CUTOFFS = (1, 3, 5, 10)
DEPTH = 100
TARGETS = {
    "covidqa": {"hit@1": 0.672, "hit@3": 0.863, "hit@5": 0.909, "hit@10": 0.954, "mrr": 0.778},
    "qasper": {"mrr": 0.406},
}
"""The normalised sum of BM25 and all-MiniLM-L6-v2 as it was measured before this code was written."""

Evidence = Callable[[dict[str, Any], dict[str, Any]], list[Stretch]]


@dataclass(frozen=True, slots=True)
class Collection:
    """One set of questions: its files, and how corpus text and evidence are read from their lines."""

    name: str
    file_name: str
    text: Callable[[dict[str, Any]], str]
    evidence: Evidence


def _offsets(question: dict[str, Any], paper: dict[str, Any]) -> list[Stretch]:
    return [(piece["start"], piece["end"]) for piece in question["evidence"] if piece["start"] is not None]


def _joined(paper: dict[str, Any]) -> str:
    return "\n\n".join(paper["paragraphs"])


def _paragraphs(question: dict[str, Any], paper: dict[str, Any]) -> list[Stretch]:
    lengths = [len(paragraph) + 2 for paragraph in paper["paragraphs"]]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return [(starts[number], starts[number] + lengths[number] - 2) for number in question.get("gold_paragraphs") or ()]


COLLECTIONS = (
    Collection("covidqa", "covidqa.jsonl", lambda paper: str(paper["text"]), _offsets),
    Collection("qasper", "qasper_full.jsonl", _joined, _paragraphs),
)


def measure(collection: Collection, library: Library, *, data: Path) -> dict[str, float]:
    """Ingest the collection's papers and return its figures."""
    corpus_file = data / "qa" / "corpus" / collection.file_name
    ingest_sources(
        [str(corpus_file)], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings(), on_event=None
    )
    papers = {str(paper["paper_id"]): paper for paper in _lines(corpus_file)}
    places = {
        paper_id: placed(library.store.passages(paper_id), collection.text(paper)) for paper_id, paper in papers.items()
    }
    ranks: list[int | None] = []
    elapsed_ms: list[float] = []
    for question in _lines(data / "qa" / collection.file_name):
        paper_id = str(question["paper_id"])
        evidence = collection.evidence(question, papers[paper_id])
        if not evidence:
            continue
        gold = overlapping(places[paper_id], evidence)
        started = time.perf_counter()
        hits = search(library, question["question"], k=DEPTH, paper_ids=[paper_id]).hits
        elapsed_ms.append((time.perf_counter() - started) * 1000)
        ranks.append(next((hit.rank for hit in hits if hit.passage.ordinal in gold), None))
    passages = sum(len(held) for held in places.values())
    return _figures(ranks) | {"passages": passages, "search_ms_p50": median(elapsed_ms)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the results; return 1 if a figure is below its target, 2 if there is no data."""
    options = _options(arguments)
    if not options.data.is_dir():
        print(f"the evaluation data is not at {options.data} (set RONBUN_SHARED_DATA)", file=sys.stderr)
        return 2
    with _library(options.library) as library:
        figures = {collection.name: measure(collection, library, data=options.data) for collection in COLLECTIONS}
        encoder = {"name": library.encoder.name, "sha256": library.encoder.sha256}
    report = {
        "command": "python -m bench.retrieval",
        "encoder": encoder,
        "python": platform.python_version(),
        **figures,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report) if options.json else _table(figures))
    missed = _below_target(figures)
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


def _figures(ranks: Sequence[int | None]) -> dict[str, float]:
    figures = {f"hit@{k}": mean(rank is not None and rank <= k for rank in ranks) for k in CUTOFFS}
    reciprocal = mean(0.0 if rank is None else 1 / rank for rank in ranks)
    return {"questions": len(ranks)} | {
        name: round(value, 4) for name, value in (figures | {"mrr": reciprocal}).items()
    }


def _below_target(figures: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"{name} {measure}: {figures[name][measure]:.3f} is below {target:.3f}"
        for name, targets in TARGETS.items()
        for measure, target in targets.items()
        if round(figures[name][measure], 3) < target
    ]


def _table(figures: dict[str, dict[str, float]]) -> str:
    names = ["questions", "passages", *(f"hit@{k}" for k in CUTOFFS), "mrr", "search_ms_p50"]
    lines = [" ".join(f"{name:>13}" for name in ["", *names])]
    for collection, row in figures.items():
        cells = [
            f"{row[name]:13.3f}" if name not in ("questions", "passages") else f"{row[name]:13d}" for name in names
        ]
        lines.append(" ".join([f"{collection:>13}", *cells]))
    return "\n".join(lines)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


@contextmanager
def _library(place: Path | None) -> Iterator[Library]:
    encoder = open_encoder("bundled", threads=0)
    with (
        tempfile.TemporaryDirectory(prefix="ronbun-bench-") as scratch,
        open_library(place or Path(scratch), encoder=encoder, create=True) as library,
    ):
        yield library


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    parser.add_argument("--library", type=Path, help="keep the library here and use it again")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
