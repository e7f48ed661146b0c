"""Kill an ingest at random moments and see that nothing is lost: `kill -9`, restart, twenty times over thirty papers.

    python -m bench.kill [--data DIR] [--kills N] [--papers N] [--jobs N] [--horizon S] [--seed N]

Each run of `ronbun ingest` over the same papers is killed after a random time and started again on the library that it
left. A library that gets complete is checked and a new one begun. At the end an undisturbed run finishes the work; then
every paper must be there exactly once, the doctor must find nothing, and no parsing process may be left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from indexes.doctor.examining import check_library
from indexes.encoding.encoder import open_encoder
from indexes.library import DATABASE_NAME, open_library
from ingest.identity import sha256_of_file

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("RONBUN_SHARED_DATA", ROOT.parent / "shared" / "data"))
CHILD_GRACE_S = 90.0
"""A parsing process that is busy when its parent dies ends with its file, at the latest by its own CPU limit."""


def ingest_command(library: Path, papers: Sequence[Path], *, jobs: int) -> list[str]:
    """Return the command line of an ingest, as a user would type it."""
    options = ["--library", str(library), "--jobs", str(jobs), "--json"]
    return [sys.executable, "-m", "app.main", "ingest", *options, *map(str, papers)]


def run_and_kill(command: Sequence[str], *, after_s: float) -> tuple[bool, set[int]]:
    """Run the command, kill it after so long; say whether it was still running, and which children it had."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            children = children_of(process.pid)
            process.kill()
            return True, children
        return False, set()


def children_of(pid: int) -> set[int]:
    """Return the processes that any thread of a process has started."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found.update(int(child) for child in (task / "children").read_text().split())
    return found


def still_running(pids: set[int], *, within_s: float) -> set[int]:
    """Return those processes that have not ended when the time is up."""
    deadline = time.monotonic() + within_s
    while (left := {pid for pid in pids if _is_worker(pid)}) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def _is_worker(pid: int) -> bool:
    try:
        return b"ingest.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def stored_hashes(library: Path) -> Counter[str]:
    """Count the papers of a library by content."""
    if not (library / DATABASE_NAME).is_file():
        return Counter()
    with open_library(library, encoder=open_encoder("bundled", threads=1), create=False) as opened:
        return Counter(stored.paper.content_sha256 for stored in opened.papers.listed())


def faults_of(library: Path, papers: Sequence[Path], *, jobs: int) -> list[str]:
    """Finish the ingest undisturbed and return everything that is wrong with the library then."""
    command = ingest_command(library, papers, jobs=jobs)
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if finished.returncode not in (0, 1):
        return [f"the last ingest ended with {finished.returncode}: {finished.stderr[-500:]}"]
    report = json.loads(finished.stdout)
    failed = {outcome["source"] for outcome in report["failed"]}
    wanted = Counter(sha256_of_file(paper) for paper in papers if str(paper) not in failed)
    stored = stored_hashes(library)
    faults = [f"missing: {sha256[:12]}" for sha256 in wanted - stored]
    faults += [f"there {stored[sha256]} times or unasked: {sha256[:12]}" for sha256 in stored - wanted]
    faults += [
        f"doctor: {fault.message}" for fault in check_library(library, encoder=open_encoder("bundled", threads=1))
    ]
    print(f"  finished: {len(stored)} papers, {len(failed)} without text, {len(faults)} faults", flush=True)
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, restart, check; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--horizon", type=float, default=30.0, help="the latest moment of a kill, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"the evaluation data is not at {options.data}; nothing was measured")
        return 0
    chance = random.Random(options.seed)
    papers = chance.sample(sorted((options.data / "pdfs").glob("*.pdf")), options.papers)
    kills, faults = 0, []
    with tempfile.TemporaryDirectory(prefix="ronbun-kill-") as folder:
        libraries = 1
        while True:
            library = Path(folder) / f"library-{libraries}"
            after_s = chance.uniform(0.2, options.horizon)
            was_killed, children = run_and_kill(ingest_command(library, papers, jobs=options.jobs), after_s=after_s)
            kills += was_killed
            left = still_running(children, within_s=CHILD_GRACE_S)
            faults += [f"parsing process {pid} outlived its parent" for pid in left]
            stored = stored_hashes(library).total()
            state = f"killed after {after_s:.1f} s" if was_killed else "ended by itself"
            print(f"{kills:2}/{options.kills} {state}: {stored} of {len(papers)} papers", flush=True)
            if kills >= options.kills:
                break
            if not was_killed:
                faults += faults_of(library, papers, jobs=options.jobs)
                libraries += 1
        faults += faults_of(library, papers, jobs=options.jobs)
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{kills} kills over {libraries} libraries of {len(papers)} papers: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
