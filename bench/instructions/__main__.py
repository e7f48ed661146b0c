"""Measure p-MRR: does a changed instruction move the papers down that it rules out?

    python -m bench.instructions [--pairs] [--library DIR] [--json]

Two systems on the same library and pairs: the instruction as more text of the query, as most searches take it, and the
instruction read. R-precision guards against a system that moves everything: the papers of a pair's subject that the
changed instruction leaves relevant, among the first as many.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from bench.instructions.pairs import DOCUMENTS, Pair, document_ids, read_pairs
from bench.instructions.pmrr import p_mrr
from indexes.encoding.encoder import open_encoder
from indexes.library import Library, open_library
from indexes.records import Hit
from indexes.search import search
from ingest.fetch_settings import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

TARGET = 5.0
"""p-MRR over all pairs; published small models are at or below 0."""

DEPTH = 1000
GROUPS = ("all", "meaning", "metadata", "en", "ja")

System = Callable[[Library, str, str], Sequence[Hit]]


def as_text(library: Library, query: str, instruction: str) -> Sequence[Hit]:
    """Search with the instruction as more words of the query."""
    return search(library, f"{query}. {instruction}", k=DEPTH, follows_instructions=False).hits


def as_read(library: Library, query: str, instruction: str) -> Sequence[Hit]:
    """Search with the instruction read."""
    return search(library, query, k=DEPTH, instruction=instruction).hits


SYSTEMS: dict[str, System] = {"as text": as_text, "read": as_read}


def ranks_of(hits: Sequence[Hit]) -> dict[str, int]:
    """Return the rank of each paper, by its best passage; ranks count from 1."""
    papers = dict.fromkeys(hit.passage.paper_id for hit in hits)
    return {paper_id: rank for rank, paper_id in enumerate(papers, start=1)}


def still_relevant(pair: Pair, papers: Sequence[str]) -> frozenset[str]:
    """Return the papers of the pair's subject that the changed instruction does not rule out."""
    subjects = {paper_id.rpartition("-")[0] for paper_id in pair.no_longer_relevant}
    return frozenset(paper_id for paper_id in papers if paper_id.rpartition("-")[0] in subjects) - frozenset(
        pair.no_longer_relevant
    )


def measure(library: Library, system: System, *, pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """Return p-MRR and R-precision of each pair, by its id."""
    papers, figures = document_ids(), {}
    for pair in pairs:
        before = ranks_of(system(library, pair.query, pair.original))
        after = ranks_of(system(library, pair.query, pair.changed))
        relevant = still_relevant(pair, papers)
        kept = sum(after.get(paper_id, len(papers)) <= len(relevant) for paper_id in relevant)
        moved = p_mrr(before, after, pair.no_longer_relevant, last=len(papers))
        figures[pair.pair_id] = {"p_mrr": moved, "r_precision": kept / max(1, len(relevant))}
    return figures


def summary(figures: dict[str, dict[str, float]], pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """Return the means over all pairs and over each kind and language."""
    means = {}
    for group in GROUPS:
        chosen = [pair.pair_id for pair in pairs if group in ("all", pair.kind, pair.language)]
        means[group] = {"pairs": len(chosen)} | {
            name: round(mean(figures[pair_id][name] for pair_id in chosen), 3) for name in ("p_mrr", "r_precision")
        }
    return means


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; return 1 if p-MRR with reading is at or below the target."""
    options = _options(arguments)
    pairs = read_pairs()
    with (
        tempfile.TemporaryDirectory(prefix="ronbun-bench-") as folder,
        open_library(
            options.library or Path(folder), encoder=open_encoder("bundled", threads=0), create=True
        ) as library,
    ):
        ingest_sources(
            [str(DOCUMENTS)], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings(), on_event=None
        )
        measured = {name: measure(library, system, pairs=pairs) for name, system in SYSTEMS.items()}
    means = {name: summary(figures, pairs) for name, figures in measured.items()}
    if options.json:
        print(json.dumps({"command": "python -m bench.instructions", "systems": means, "pairs": measured}))
    else:
        print(_table(means))
    for pair in pairs if options.pairs else ():
        print(f"{measured['read'][pair.pair_id]['p_mrr']:7.1f}  {pair.query} | {pair.changed}", file=sys.stderr)
    return 0 if means["read"]["all"]["p_mrr"] > TARGET else 1


def _table(means: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = [f"{'':12}{'':10}{'pairs':>7}{'p-MRR':>9}{'R-prec.':>9}"]
    for system, groups in means.items():
        for group, row in groups.items():
            lines.append(f"{system:12}{group:10}{row['pairs']:7.0f}{row['p_mrr']:9.1f}{row['r_precision']:9.3f}")
    return "\n".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("--pairs", action="store_true", help="print p-MRR of each pair on stderr")
    parser.add_argument("--library", type=Path, help="keep the library here and use it again")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
