"""Measure the PDF parser: speed, text recall, titles, authors, abstracts, references, and damaged files.

    python -m bench.parsing [--json] [--data DIR] [--skip-damaged]

Reads the evaluation data beside the repository ($RONBUN_SHARED_DATA or ../shared/data). Every file is parsed in a
worker process that is replaced when it crashes or exceeds its time, so that one file costs only itself.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean
from typing import Any

from indexes.errors import RonbunError
from ingest.document import BlockKind
from ingest.pdf.parser import parse_pdf

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TIME_LIMIT_S = 60.0
MAX_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What parsing one file gave. `fate` is parsed, an error's code, leaked:TYPE, crashed:EXITCODE or timed_out."""

    path: Path
    fate: str
    elapsed_s: float
    pages: int = 0
    text: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    abstract: str = ""
    year: str = ""
    doi: str = ""
    headings: tuple[str, ...] = ()
    references: int = 0


def parse_all(paths: Iterable[Path], *, limit_s: float = TIME_LIMIT_S) -> Iterator[Outcome]:
    """Parse each file in a worker, and start a new worker when one is lost."""
    worker: tuple[Any, Connection] | None = None
    for path in paths:
        worker = worker or _start_worker()
        process, pipe = worker
        started = time.perf_counter()
        pipe.send(path)
        try:
            if pipe.poll(limit_s):
                yield pipe.recv()
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


def _start_worker() -> tuple[Any, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _work(pipe: Connection) -> None:
    while (path := pipe.recv()) is not None:
        pipe.send(_parse_one(path))


def _parse_one(path: Path) -> Outcome:
    started = time.process_time()
    try:
        document = parse_pdf(path, source=path.name, max_pages=MAX_PAGES)
    except RonbunError as error:
        return Outcome(path, error.code, time.process_time() - started)
    except Exception as error:
        return Outcome(path, f"leaked:{type(error).__name__}: {error}"[:200], time.process_time() - started)
    paper = document.paper
    return Outcome(
        path,
        "parsed",
        time.process_time() - started,
        pages=len(document.pages),
        text="\n".join(block.text for block in document.blocks),
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        year=(paper.published or "")[:4],
        doi=paper.doi or "",
        headings=tuple(section.title for section in document.sections),
        references=sum(block.kind is BlockKind.REFERENCE for block in document.blocks),
    )


def normalised(text: str) -> str:
    """Return a title or name for comparison: no accents, marks or case."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter))).casefold()


def f1(found: Counter[Any], wanted: Counter[Any]) -> float:
    """Return the harmonic mean of precision and recall of two multisets."""
    common = (found & wanted).total()
    return 2 * common / (found.total() + wanted.total()) if common else 0.0


def grams(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Return the word 4-grams of a text."""
    words = re.findall(r"\w+", text.casefold())
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))


def text_recall(outcomes: Sequence[Outcome], truth: Path) -> dict[str, float]:
    """Return the mean 4-gram recall by layout, as the data's own script scores it."""
    with tempfile.TemporaryDirectory() as folder:
        for outcome in outcomes:
            (Path(folder) / f"{outcome.path.name.split('__')[0]}.txt").write_text(outcome.text, encoding="utf-8")
        command = [sys.executable, str(truth / "text_recall.py"), folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(printed, file=sys.stderr)
    return {kind: float(value) for kind, value in re.findall(r"^mean (\w+): ([\d.]+)", printed, re.M)}


def metadata_scores(outcomes: Mapping[str, Outcome], truth: Path) -> dict[str, float]:
    """Return shares of right titles and years, and mean F1 of authors and abstracts, where the truth states them."""
    scores: dict[str, list[float]] = {name: [] for name in ("titles", "authors_f1", "abstract_f1", "years", "dois")}
    for line in (truth / "metadata_dev.jsonl").read_text(encoding="utf-8").splitlines():
        wanted = json.loads(line)
        outcome = outcomes.get(wanted["paper_id"])
        if outcome is None:
            continue
        if wanted.get("title"):
            right = normalised(outcome.title) == normalised(wanted["title"])
            scores["titles"].append(float(right))
            _note(right, outcome, "title", outcome.title, wanted["title"])
        if wanted.get("authors"):
            names = f1(Counter(map(normalised, outcome.authors)), Counter(map(normalised, wanted["authors"])))
            scores["authors_f1"].append(names)
            _note(names > 0.7, outcome, "authors", outcome.authors, wanted["authors"])
        if wanted.get("abstract"):
            shared = f1(grams(outcome.abstract), grams(wanted["abstract"]))
            scores["abstract_f1"].append(shared)
            _note(shared > 0.8, outcome, "abstract", outcome.abstract[:150], wanted["abstract"][:150])
        if wanted.get("year"):
            scores["years"].append(float(outcome.year == str(wanted["year"])))
            _note(outcome.year == str(wanted["year"]), outcome, "year", outcome.year, wanted["year"])
        if wanted.get("doi"):
            scores["dois"].append(float(outcome.doi == wanted["doi"].casefold()))
    return {name: mean(values) for name, values in scores.items() if values}


def heading_recall(outcomes: Mapping[str, Outcome], truth: Path) -> float:
    """Return the share of gold section titles that the parser found as headings."""
    found, wanted = 0, 0
    for line in (truth / "fulltext_dev.jsonl").read_text(encoding="utf-8").splitlines():
        paper = json.loads(line)
        outcome = outcomes.get(paper["paper_id"])
        if outcome is None:
            continue
        ours = {_unnumbered(title) for title in outcome.headings}
        gold = {_unnumbered(section["title"]) for section in paper["sections"] if section["title"].strip()}
        _note(gold <= ours, outcome, "headings", sorted(ours - gold), sorted(gold - ours))
        found, wanted = found + len(gold & ours), wanted + len(gold)
    return found / max(wanted, 1)


def _unnumbered(title: str) -> str:
    return normalised(re.sub(r"^\s*(?:[\dIVX]+(?:\.\d+)*|[A-Z])[.\s]\s*", "", title))


def _note(right: bool, outcome: Outcome, what: str, got: object, wanted: object) -> None:
    if not right:
        print(f"{outcome.path.name[:60]} {what}:\n    got    {got!r}\n    wanted {wanted!r}", file=sys.stderr)


def measure(data: Path, *, with_damaged: bool) -> dict[str, Any]:
    """Return every figure."""
    truth = data / "pdfs" / "truth"
    outcomes = list(parse_all(sorted((data / "pdfs").glob("*.pdf"))))
    parsed = [outcome for outcome in outcomes if outcome.fate == "parsed"]
    by_id = {outcome.path.name.split("__")[0]: outcome for outcome in parsed}
    figures: dict[str, Any] = {
        "papers": len(outcomes),
        "fates": dict(Counter(outcome.fate for outcome in outcomes)),
        "pages": sum(outcome.pages for outcome in parsed),
        "pages_per_cpu_second": sum(outcome.pages for outcome in parsed) / sum(outcome.elapsed_s for outcome in parsed),
        "text_recall": text_recall(parsed, truth),
        **metadata_scores(by_id, truth),
        "heading_recall": heading_recall(by_id, truth),
        "with_references": sum(outcome.references >= 3 for outcome in parsed),
    }
    for outcome in outcomes:
        if outcome.fate != "parsed" or outcome.references < 3:
            print(f"{outcome.path.name}: {outcome.fate}, references {outcome.references}", file=sys.stderr)
    if with_damaged:
        damaged = list(parse_all(sorted(path for path in (data / "badpdfs").iterdir() if path.suffix != ".csv")))
        figures["damaged"] = dict(Counter(outcome.fate.split(" ")[0] for outcome in damaged))
        figures["damaged_slowest_s"] = max(outcome.elapsed_s for outcome in damaged)
        for outcome in damaged:
            if outcome.fate.startswith(("leaked", "crashed", "timed_out")) or outcome.elapsed_s > 10:
                print(f"{outcome.path.name}: {outcome.fate} {outcome.elapsed_s:.1f}s", file=sys.stderr)
    return figures


def main() -> None:
    """Print the figures; what was missed goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--skip-damaged", action="store_true")
    options = parser.parse_args()
    if not (options.data / "pdfs").is_dir():
        parser.error(f"no pdfs folder in {options.data}; set RONBUN_SHARED_DATA or --data")
    figures = measure(options.data, with_damaged=not options.skip_damaged)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:24} {value:.3f}" if isinstance(value, float) else f"{name:24} {value}")


if __name__ == "__main__":
    main()
