"""Measure search: within papers and across them, in English and Japanese, beside its parts and other programs.

    python -m bench.retrieval [--sets A,B] [--systems A,B] [--peers PYTHON] [--cache DIR] [--vectors FILE]
                              [--runs DIR] [--failures FILE] [--threads N] [--json] [--data DIR]

Each set of the evaluation data ($RONBUN_SHARED_DATA or ../shared/data) is ingested through the real pipeline. `--cache`
keeps libraries and vectors between runs. Figures of the sets measured go to bench/results/retrieval.json, each with
the commit it was measured at; those of other sets stay there. Exit 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.retrieval.catalogue import LARGE, SETS
from bench.retrieval.figures import figures_of
from bench.retrieval.foretelling import foretell
from bench.retrieval.libraries import library_of
from bench.retrieval.limits import Failure, failures_of, write_failures
from bench.retrieval.measuring import Conditions, Outcome, measure_set
from bench.retrieval.peers import PEERS, PeerEnvironment
from bench.retrieval.runs import write_runs
from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from bench.retrieval.systems import OUR_SYSTEMS
from bench.retrieval.table import print_set, print_targets
from bench.retrieval.targets import judged
from indexes.encoding.encoder import Encoder, open_encoder

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RONBUN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
RESULTS = REPOSITORY / "bench" / "results" / "retrieval.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep the figures; return 1 if a target is missed, 2 if there is no data."""
    options = _options(arguments)
    if not options.data.is_dir():
        print(f"the evaluation data is not at {options.data} (set RONBUN_SHARED_DATA)", file=sys.stderr)
        return 2
    figures, failures = _measured(options)
    if options.failures:
        write_failures(options.failures, failures)
    _keep(figures)
    targets = list(judged(figures))
    if options.json:
        print(json.dumps({"sets": figures, "targets": [target._asdict() for target in targets]}, ensure_ascii=False))
    else:
        print_targets(targets)
    return 0 if all(target.is_met for target in targets) else 1


def _measured(options: argparse.Namespace) -> tuple[dict[str, Any], list[Failure]]:
    figures: dict[str, Any] = {}
    failures: list[Failure] = []
    peers = PeerEnvironment(options.peers, options.threads) if options.peers else None
    conditions = Conditions(options.systems, peers)
    commit, bundled = measured_commit(), open_encoder("bundled", threads=options.threads)
    with _cache(options.cache) as cache:
        for name in options.sets:
            print(f"measuring {name}", file=sys.stderr)
            encoder = _stored(bundled, cache, options.vectors if name in LARGE else [])
            outcome = _outcome(name, encoder, cache, options.data, conditions)
            figures[name] = figures_of(outcome) | {
                "commit": commit,
                "python": platform.python_version(),
                "encoder": {"name": encoder.name, "sha256": encoder.sha256},
            }
            if "failures" in figures[name]:
                failures += failures_of(outcome)
            if options.runs:
                write_runs(options.runs, name, qrels=outcome.qrels, runs=outcome.runs.items())
            if not options.json:
                print_set(name, figures[name])
    return figures, failures


def _outcome(name: str, encoder: StoredVectors, cache: Path, data: Path, conditions: Conditions) -> Outcome:
    questions = SETS[name](data)
    foretell(questions, encoder=encoder)
    with library_of(questions, cache=cache, encoder=encoder) as library:
        return measure_set(questions, library, encoder=encoder, conditions=conditions)


def _stored(encoder: Encoder, cache: Path, given: Sequence[Path]) -> StoredVectors:
    """Return the encoder, before which vectors of earlier runs and those given are looked up."""
    kept = VectorFile(cache / f"vectors-{encoder.sha256[:12]}.f32", dimension=encoder.dimension)
    return StoredVectors(encoder, kept, [VectorFile(path, dimension=encoder.dimension) for path in given])


@contextmanager
def _cache(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="ronbun-bench-") as temporary:
        yield Path(temporary)


def _keep(figures: dict[str, Any]) -> None:
    """Put the sets' figures among those of earlier runs."""
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    sets = {**held.get("sets", {}), **figures}
    ordered = {name: sets[name] for name in SETS if name in sets}
    report = {"command": "python -m bench.retrieval", "sets": ordered}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measured_commit() -> str:
    """Return the commit that is measured, marked where the files differ from it."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip() or "unknown"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", help=f"names parted by commas, of: {', '.join(SETS)}")
    parser.add_argument("--systems", help=f"names parted by commas, of: {', '.join((*OUR_SYSTEMS, *PEERS))}")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="the interpreter of the peers' environment")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep libraries and vectors here between runs")
    parser.add_argument(
        "--vectors", type=Path, metavar="FILE", action="append", default=[], help="vectors for the largest sets"
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="write TREC runs and judgements here")
    parser.add_argument("--failures", type=Path, metavar="FILE", help="write the failing questions as JSON lines")
    parser.add_argument("--threads", type=int, default=0, help="threads of every encoder; 0 means every core")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    options = parser.parse_args(arguments)
    usual = [name for name in SETS if name not in LARGE or options.vectors]
    options.sets = _names(parser, options.sets, SETS) or usual
    options.systems = _names(parser, options.systems, (*OUR_SYSTEMS, *PEERS)) or [*OUR_SYSTEMS, *PEERS]
    return options


def _names(parser: argparse.ArgumentParser, given: str | None, known: Sequence[str] | Any) -> list[str]:
    names = given.split(",") if given else []
    for name in names:
        if name not in known:
            parser.error(f"{name!r} is not one of {', '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
