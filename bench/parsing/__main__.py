"""Measure the PDF parser: text, structure, metadata, evidence, hidden text, speed, damaged files, and other readers.

    python -m bench.parsing [--json] [--data DIR] [--skip-damaged] [--ocr] [--peers PYTHON]

Reads the evaluation data beside the repository ($RONBUN_SHARED_DATA or ../shared/data). Each file's misses go to
stderr. `--peers` names the Python of an environment with the peers (`make peers`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.attacks import measure_attacks, measure_honest
from bench.parsing.evidence import total
from bench.parsing.outcomes import Outcome, parse_all
from bench.parsing.peers import measure_peers
from bench.parsing.recognised import recognise_all
from bench.parsing.scores import by_paper, heading_scores, metadata_scores, text_recall
from bench.parsing.table import print_peers, print_recognised, print_table
from indexes.encoding.encoder import open_encoder
from ingest.pdf.parser import PARSER

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RONBUN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))

JUDGED_HIDDEN = {
    "2b63e9d93377": "a chart's clipped page numbers (p. 10 drawn and looked at, 2026-11-22)",
    "46ca7f055be1": "lines under images (p. 7)",
    "9fe7c9d163d6": "text clipped out of figures (pp. 2, 4)",
    "a0a09502c728": "a slide's text under a callout (p. 14)",
    "e7ac5b641066": "text clipped out of figures (pp. 5, 6)",
}
"""Papers whose hidden text is truly not to be seen: these pages were looked at. Others count as false alarms."""


def measure(data: Path, *, with_damaged: bool) -> dict[str, Any]:
    """Return every figure of our parser."""
    outcomes = list(parse_all(sorted((data / "pdfs").glob("*.pdf")), encoder=open_encoder("bundled", threads=1)))
    figures = {**_parsing(outcomes), **_quality(outcomes, data / "pdfs" / "truth"), **_attacks(outcomes)}
    for outcome in outcomes:
        for example in outcome.evidence.examples:
            print(f"{outcome.path.name[:60]} {example}", file=sys.stderr)
    if with_damaged:
        figures.update(_damaged(data / "badpdfs"))
    return figures


def _parsing(outcomes: list[Outcome]) -> dict[str, Any]:
    parsed = [outcome for outcome in outcomes if outcome.fate == "parsed"]
    by_engine = Counter(engine for outcome in parsed for engine in outcome.engines)
    plain = [outcome for outcome in parsed if "ocr" not in outcome.engines]
    for outcome in outcomes:
        if outcome.fate != "parsed" or outcome.references < 3:
            print(f"{outcome.path.name}: {outcome.fate}, references {outcome.references}", file=sys.stderr)
    return {
        "parser": PARSER,
        "papers": len(outcomes),
        "fates": dict(Counter(outcome.fate for outcome in outcomes)),
        "refused": [outcome.path.name for outcome in outcomes if outcome.fate != "parsed"],
        "pages": sum(outcome.pages for outcome in parsed),
        "pages_by_engine": dict(by_engine),
        "pages_per_cpu_second": sum(outcome.pages for outcome in plain) / sum(outcome.cpu_s for outcome in plain),
        "peak_mb": max(outcome.peak_mb for outcome in outcomes),
        "with_references": sum(outcome.references >= 3 for outcome in parsed),
        "tables": sum(outcome.tables for outcome in parsed),
    }


def _quality(outcomes: list[Outcome], truth: Path) -> dict[str, Any]:
    papers = by_paper(outcomes)
    sums = total([outcome.evidence for outcome in papers.values()])
    passages = max(sums["passages"], 1)
    return {
        "text_recall": text_recall({paper_id: outcome.text for paper_id, outcome in papers.items()}, truth),
        **metadata_scores(papers, truth),
        **heading_scores(papers, truth),
        "passages": sums["passages"],
        "references_in_evidence": sums["with_references"] / passages,
        "furniture_in_evidence": sums["with_furniture"] / passages,
        "reference_measure_recall": sums["recognised_runs"] / max(sums["reference_runs"], 1),
    }


def _attacks(outcomes: list[Outcome]) -> dict[str, Any]:
    attacks, honest = measure_attacks(), measure_honest()
    papers = [outcome for outcome in outcomes if outcome.hidden_pages]
    for outcome in papers:
        print(f"{outcome.path.name}: hidden text on pages {sorted(set(outcome.hidden_pages))}", file=sys.stderr)
    for attack in attacks:
        if not (attack.is_found and attack.is_kept_out):
            print(f"attack {attack.kind} at {attack.place}: found {attack.is_found}", file=sys.stderr)
    return {
        "attack_kinds": len({attack.kind for attack in attacks}),
        "attacks": len(attacks),
        "attacks_missed": sum(not (attack.is_found and attack.is_kept_out) for attack in attacks),
        "honest_pages": len(honest),
        "honest_pages_alarmed": sum(bool(page.findings) for page in honest),
        "honest_pages_out_of_order": sum(not page.is_kept for page in honest),
        "papers_with_hidden_text": len(papers),
        "papers_not_judged": sum(outcome.path.name.split("__")[0] not in JUDGED_HIDDEN for outcome in papers),
    }


def _damaged(folder: Path) -> dict[str, Any]:
    damaged = list(parse_all(sorted(path for path in folder.iterdir() if path.suffix != ".csv")))
    for outcome in damaged:
        if outcome.fate.startswith(("leaked", "crashed", "timed_out")) or outcome.cpu_s > 10:
            print(f"{outcome.path.name}: {outcome.fate} {outcome.cpu_s:.1f} s", file=sys.stderr)
    fates = Counter(outcome.fate.split(":")[0] for outcome in damaged)
    return {
        "damaged": dict(fates),
        "damaged_foreign": fates["leaked"] + fates["crashed"],
        "damaged_slowest_s": max(outcome.cpu_s for outcome in damaged),
        "damaged_peak_mb": max(outcome.peak_mb for outcome in damaged),
    }


def main() -> None:
    """Print the figures beside their targets; what was missed goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--skip-damaged", action="store_true")
    parser.add_argument("--ocr", action="store_true", help="read the files without usable text from pictures (minutes)")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="the interpreter of the peers' environment")
    options = parser.parse_args()
    if not (options.data / "pdfs").is_dir():
        parser.error(f"no pdfs folder in {options.data}; set RONBUN_SHARED_DATA or --data")
    figures = measure(options.data, with_damaged=not options.skip_damaged)
    if options.ocr:
        refused = [path for path in sorted((options.data / "pdfs").glob("*.pdf")) if path.name in figures["refused"]]
        figures["recognised"] = [asdict(file) for file in recognise_all(refused)]
    if options.peers:
        paths = sorted((options.data / "pdfs").glob("*.pdf"))
        figures["peers"] = [
            asdict(peer) for peer in measure_peers(options.peers, paths, options.data / "pdfs" / "truth")
        ]
    figures["commit"], figures["python"] = _commit(), platform.python_version()
    if options.json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    print_table(figures)
    print_recognised(figures)
    print_peers(figures)


def _commit() -> str:
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
