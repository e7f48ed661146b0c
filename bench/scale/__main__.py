"""How the library grows from a thousand passages to a million: `python -m bench.scale [--sizes N,…] [--data DIR]`.

Makes a library of made papers for each size through the store, builds its indexes, and measures it, each step in a
process of its own. `--library DIR` measures one that is there already. Prints a table, and for several sizes writes
`bench/results/scale.json` and draws `docs/scale.svg`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from bench.scale.made_library import make_library
from bench.scale.measures import build_indexes, changing, latency, opening, recall, sizes
from bench.scale.plot import draw
from bench.scale.table import table

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RESULTS = Path(__file__).parents[1] / "results" / "scale.json"
PLOT = Path(__file__).parents[2] / "docs" / "scale.svg"

STEPS: dict[str, Callable[[Path], Any]] = {
    "building": build_indexes,
    "sizes": sizes,
    "opening": opening,
    "library": lambda folder: latency(folder, within_paper=False),
    "paper": lambda folder: latency(folder, within_paper=True),
    "recall": recall,
    "changing": changing,
}
"""What is measured of a library, in order; `building` only of a new one."""


def main() -> int:
    """Make, measure, print and write."""
    options = _options()
    if options.step:
        print(json.dumps(STEPS[options.step](options.library)))
        return 0
    measured = [_measured(options.library)] if options.library else _made_and_measured(options)
    measured.sort(key=lambda each: int(each["sizes"]["passages"]))
    if not options.library:
        RESULTS.write_text(
            json.dumps({"load": os.getloadavg()[0], "cores": os.cpu_count(), "sizes": measured}, indent=1)
        )
        PLOT.write_text(draw(measured))
    print(json.dumps(measured) if options.json else table(measured))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="passages, comma between")
    parser.add_argument(
        "--data", type=Path, help="folder in which the libraries are made and kept; else a temporary one"
    )
    parser.add_argument("--library", type=Path, help="measure this library, which an earlier run with --data made")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _made_and_measured(options: argparse.Namespace) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="ronbun-scale-") as temporary:
        parent = options.data or Path(temporary)
        found = []
        for passages in map(int, options.sizes.split(",")):
            folder, made = parent / f"passages-{passages}", {}
            if not (folder / "made.json").exists():
                started = process_time()
                made = {"store_s": round(make_library(folder, passages=passages), 1)}
                made |= {"making_cpu_s": round(process_time() - started, 1)} | _step(folder, "building")
                (folder / "made.json").write_text(json.dumps(made))
            found.append(_measured(folder))
        return found


def _measured(folder: Path) -> dict[str, Any]:
    made = json.loads((folder / "made.json").read_text())
    return {"building": made} | {name: _step(folder, name) for name in STEPS if name != "building"}


def _step(folder: Path, name: str) -> Any:
    """Take one step in a process of its own, so that memory and opening are those of a fresh one."""
    print(f"{folder}: {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench.scale", "--step", name, "--library", str(folder)]
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
