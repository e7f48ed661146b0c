"""Measure ways of finding evidence that the search does not take, or takes one of: each beside what it does.

    python -m bench.evidence --cache DIR [--trials weights,passages,context,diversity] [--json] [--data DIR]

weights    one fusion weight for all questions, and one chosen for each
passages   sizes of passages, overlap, small passages that find large ones
context    what the encoder reads around a passage
diversity  what the first ten hits of the whole library hold when they are made unlike each other

`--cache` keeps libraries and vectors between runs and is shared with `bench.retrieval`. Figures of the trials made go
to bench/results/evidence.json. docs/adr/0017-learned-reranker.md tells what was decided by them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.evidence import context, diversity, passages, weights
from bench.evidence.figures import Table, print_table
from bench.retrieval.__main__ import DATA, measured_commit
from bench.retrieval.catalogue import SETS
from bench.retrieval.libraries import library_of
from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from indexes.encoding.encoder import open_encoder

RESULTS = Path(__file__).parents[1] / "results" / "evidence.json"


class Material:
    """The sets, and their libraries as `bench.retrieval` makes them."""

    def __init__(self, data: Path, cache: Path) -> None:
        self._data, self._cache = data, cache
        encoder = open_encoder("bundled", threads=0)
        kept = VectorFile(cache / f"vectors-{encoder.sha256[:12]}.f32", dimension=encoder.dimension)
        self.encoder = StoredVectors(encoder, kept)

    def sets(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield each set, and what opens its library."""
        for name in names:
            print(f"  {name}", file=sys.stderr)
            questions = SETS[name](self._data)
            yield questions, library_of(questions, cache=self._cache, encoder=self.encoder)


def _weights(material: Material) -> Mapping[str, Table]:
    asked = []
    for questions, opening in material.sets(weights.SETS):
        with opening as library:
            asked += list(weights.fusable(questions, library))
    return {"MRR by the weight of meaning": weights.weights_compared(asked)}


def _passages(material: Material) -> Mapping[str, Table]:
    return {
        f"{questions.name}: {title}": table
        for questions, _ in material.sets(passages.SETS)
        for title, table in passages.sizes_compared(questions, material.encoder).items()
    }


def _context(material: Material) -> Mapping[str, Table]:
    tables = {}
    for questions, opening in material.sets(context.SETS):
        with opening as library:
            tables[questions.name] = context.contexts_compared(questions, library, material.encoder)
    return tables


def _diversity(material: Material) -> Mapping[str, Table]:
    tables = {}
    for questions, opening in material.sets(diversity.SETS):
        with opening as library:
            tables[questions.name] = diversity.diversity_compared(questions, library)
    return tables


TRIALS: Mapping[str, Callable[[Material], Mapping[str, Table]]] = {
    "weights": _weights,
    "passages": _passages,
    "context": _context,
    "diversity": _diversity,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the trials, print their tables, keep the figures; return 2 if there is no data."""
    options = _options(arguments)
    if not options.data.is_dir():
        print(f"the evaluation data is not at {options.data} (set RONBUN_SHARED_DATA)", file=sys.stderr)
        return 2
    options.cache.mkdir(parents=True, exist_ok=True)
    material = Material(options.data, options.cache)
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for name in options.trials:
        print(f"measuring {name}", file=sys.stderr)
        tables = TRIALS[name](material)
        held[name] = {
            "command": f"python -m bench.evidence --trials {name}",
            "commit": measured_commit(),
            "tables": tables,
        }
        RESULTS.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if not options.json:
            for title, table in tables.items():
                print_table(f"{name}: {title}", table)
    if options.json:
        print(json.dumps({name: held[name] for name in options.trials}, ensure_ascii=False))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", help=f"names parted by commas, of: {', '.join(TRIALS)}")
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="keep libraries and vectors here")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    options = parser.parse_args(arguments)
    options.trials = options.trials.split(",") if options.trials else list(TRIALS)
    for name in options.trials:
        if name not in TRIALS:
            parser.error(f"{name!r} is not one of {', '.join(TRIALS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
