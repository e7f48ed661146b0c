"""Measure how many passages the bundled encoder takes a second, on passages cut from real papers.

    python -m bench.encoding [--data DIR] [--passages N] [--json]

The passages are those that an ingest would cut from the COVID-QA corpus; the model is loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from indexes.encoder import Encoder, open_encoder, passage_context
from ingest.jsonl import parse_jsonl_line
from ingest.passages import make_passages

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
QUERIES = 50


def passages_of(corpus: Path, encoder: Encoder) -> Iterator[str]:
    """Give the text of each passage as the encoder reads it."""
    with corpus.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            document = parse_jsonl_line(line.rstrip(b"\n"), source=f"{corpus.name}:{number}")
            for passage in make_passages(document, encoder=encoder):
                yield passage_context(document.paper.title, passage.section) + passage.text


def measure(corpus: Path, *, passages: int) -> dict[str, float]:
    """Return passages a second, and milliseconds of one query."""
    encoder = open_encoder("bundled", threads=0)
    texts = list(itertools.islice(passages_of(corpus, encoder), passages))
    encoder.encode_passages(texts[:16])
    started = time.perf_counter()
    encoder.encode_passages(texts)
    elapsed_s = time.perf_counter() - started
    query_ms = []
    for number in range(QUERIES):
        started = time.perf_counter()
        encoder.encode_queries([f"Which virus was found in sample {number}?"])
        query_ms.append((time.perf_counter() - started) * 1000)
    return {
        "passages": len(texts),
        "passages_per_s": round(len(texts) / elapsed_s, 1),
        "query_ms_p50": round(median(query_ms), 1),
        "load": round(os.getloadavg()[0], 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.encoding", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--passages", type=int, default=256)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    corpus = options.data / "qa" / "corpus" / "covidqa.jsonl"
    if not corpus.is_file():
        print(f"the evaluation data is not at {options.data}; nothing was measured")
        return 0
    figures = measure(corpus, passages=options.passages)
    print(json.dumps(figures) if options.json else "\n".join(f"{name:16} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
