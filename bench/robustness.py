"""Measure what damaged and odd files do: nothing may be lost, and no error may be foreign.

    python -m bench.robustness [--data DIR] [--jobs N] [--limit N] [--skip-papers] [--json]

First every paper of `pdfs/` goes into a new library in one run; then every file of `badpdfs/` through the parsing
children. Prints counts by fate, time and peak memory; ends with 1 if a file's fate is unknown, an error is not ours, or
a child of ours is left running.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from indexes.encoding.encoder import open_encoder
from indexes.errors import BadInput, RonbunError
from indexes.library import open_library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers
from ingest.pipeline import ingest_sources

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a folder of files."""

    folder: str
    files: int
    fates: dict[str, int]
    slowest_s: float
    elapsed_s: float
    peak_parent_mb: int
    peak_child_mb: int | None
    lost: list[str]
    foreign: list[str]


def measure_papers(folder: Path, *, library_path: Path, jobs: int, limit: int | None) -> Tally:
    """Ingest every PDF of the folder in one run, into a new library."""
    paths = sorted(folder.glob("*.pdf"))[:limit]
    encoder = open_encoder("bundled", threads=0)
    started = time.monotonic()
    with open_library(library_path, encoder=encoder, create=True) as library:
        report = ingest_sources(
            [str(path) for path in paths],
            library=library,
            limits=ParsingLimits(),
            jobs=jobs,
            fetching=FetchSettings(),
        )
        stored = library.papers.count()
    fates = Counter({"added": len(report.added), "unchanged": len(report.unchanged)})
    fates.update(failed.code for failed in report.failed)
    told = {outcome.source for outcomes in (report.added, report.unchanged, report.failed) for outcome in outcomes}
    lost = [str(path) for path in paths if str(path) not in told]
    if stored != len(report.added):
        lost.append(f"{len(report.added)} papers were added and {stored} are stored")
    foreign = [f"{failed.source}: {failed.message}" for failed in report.failed if failed.code == "internal"]
    return _tally(folder, len(paths), fates, 0.0, started, lost, foreign, peak_child_mb=None)


def measure_damaged(folder: Path, *, jobs: int, limit: int | None) -> Tally:
    """Parse every file of the folder in the children and count how each ended."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".pdf")[:limit]
    started = time.monotonic()
    with Parsers(limits=ParsingLimits(), jobs=jobs) as parsers, ThreadPoolExecutor(max_workers=jobs) as pool:
        ends = list(pool.map(lambda path: _end(parsers, path), paths))
    fates = Counter(fate for fate, _ in ends)
    lost = [str(path) for path, (fate, _) in zip(paths, ends, strict=True) if not fate]
    foreign = [f"{path}: {fate}" for path, (fate, _) in zip(paths, ends, strict=True) if fate.startswith("foreign")]
    slowest_s = max((elapsed_s for _, elapsed_s in ends), default=0.0)
    return _tally(folder, len(paths), fates, slowest_s, started, lost, foreign, peak_child_mb=parsers.peak_mb)


def _end(parsers: Parsers, path: Path) -> tuple[str, float]:
    started = time.monotonic()
    try:
        parsers.parse(path)
    except BadInput as error:
        fate = error.code
    except RonbunError as error:
        fate = f"foreign {error.code}"
    except Exception as error:  # a root: finding these is what this bench is for
        fate = f"foreign {type(error).__name__}: {error}"
    else:
        fate = "parsed"
    return fate, time.monotonic() - started


def _tally(
    folder: Path,
    files: int,
    fates: Counter[str],
    slowest_s: float,
    started: float,
    lost: list[str],
    foreign: list[str],
    *,
    peak_child_mb: int | None,
) -> Tally:
    return Tally(
        folder=folder.name,
        files=files,
        fates={fate: count for fate, count in fates.most_common() if count},
        slowest_s=round(slowest_s, 1),
        elapsed_s=round(time.monotonic() - started, 1),
        peak_parent_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        peak_child_mb=peak_child_mb,
        lost=lost,
        foreign=foreign,
    )


def _children_left() -> list[int]:
    """Return the processes that this one started and that still run."""
    tasks = Path("/proc/self/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if anything was lost or foreign."""
    parser = argparse.ArgumentParser(prog="python -m bench.robustness", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, help="only the first N files of each folder")
    parser.add_argument("--skip-papers", action="store_true", help="only the damaged files")
    parser.add_argument("--library", type=Path, help="keep the papers' library in this new folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"the evaluation data is not at {options.data}; nothing was measured")
        return 0
    tallies = [measure_damaged(options.data / "badpdfs", jobs=options.jobs, limit=options.limit)]
    if not options.skip_papers:
        with tempfile.TemporaryDirectory(prefix="ronbun-bench-") as temporary:
            place = options.library or Path(temporary)
            papers = options.data / "pdfs"
            tallies.append(measure_papers(papers, library_path=place, jobs=options.jobs, limit=options.limit))
    left = _children_left()
    for tally in tallies:
        print(json.dumps(asdict(tally), ensure_ascii=False, indent=2) if options.json else _line(tally))
    for fault in [fault for tally in tallies for fault in (*tally.lost, *tally.foreign)]:
        print(f"FAULT {fault}")
    if left:
        print(f"FAULT processes left: {left}")
    return 1 if left or any(tally.lost or tally.foreign for tally in tallies) else 0


def _line(tally: Tally) -> str:
    fates = ", ".join(f"{fate} {count}" for fate, count in tally.fates.items())
    return (
        f"{tally.folder}: {tally.files} files in {tally.elapsed_s} s (slowest {tally.slowest_s} s): {fates}; "
        f"peak memory {tally.peak_parent_mb} MiB"
        + (f", of a child {tally.peak_child_mb} MiB" if tally.peak_child_mb is not None else "")
    )


if __name__ == "__main__":
    sys.exit(main())
