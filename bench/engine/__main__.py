"""Measure the llama.cpp engine beside simpler ways on the same file: `python -m bench.engine [--json] [--rows 1,4]`.

Makes its models itself, with random weights (about two minutes and 400 MB; `--data DIR` keeps them). Each row runs in a
process of its own, so one that ends badly is a figure, not the end. Times are compared within a row, its ways in turns;
the load of the machine stands beside them. A whole run takes about a quarter of an hour on two quiet processors.
The rows are also written to bench/results/engine.json, those that were not run staying as they were.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.engine import grammar_cost
from bench.engine.batch_equality import batch_against_alone
from bench.engine.hardware import limits
from bench.engine.long_prompt import beside_a_long_prompt
from bench.engine.many_readers import many_readers
from bench.engine.random_requests import random_requests
from bench.engine.saved_paper import after_a_restart
from bench.engine.setting import Setting, made_setting
from bench.engine.shared_prefix import ten_answers, with_grammar
from bench.engine.table import table
from bench.engine.targets import judged

RESULTS = Path(__file__).parents[1] / "results" / "engine.json"
ROW_LIMIT_S = 1800.0


ROWS: dict[str, tuple[str, Callable[[Setting], dict[str, Any]]]] = {
    "1": ("ten answers over one prefix", ten_answers),
    "2": ("the same with the answer's grammar", with_grammar),
    "3": ("many readers at once", many_readers),
    "4": ("a short question beside a long prompt", beside_a_long_prompt),
    "5": ("a paper's context from disk after a restart", after_a_restart),
    "6": ("random requests from many threads", random_requests),
    "7": ("a batch against alone", batch_against_alone),
    "8": ("what the hardware allows", limits),
    "9": ("the grammar's cost a token", lambda setting: grammar_cost.measure(setting.model)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep the rows; return 1 where a target is missed."""
    options = _options(arguments)
    if options.step:
        print(json.dumps(_measured(options)))
        return 0
    with tempfile.TemporaryDirectory(prefix="ronbun-engine-") as temporary:
        folder = options.data or Path(temporary)
        made_setting(folder, is_quick=options.quick)
        rows = {number: _row(number, folder, is_quick=options.quick) for number in options.rows.split(",")}
    targets = judged(rows, is_quick=options.quick)
    if not options.quick:
        _keep(rows)
    print(json.dumps(rows) if options.json else table(rows, {key: name for key, (name, _) in ROWS.items()}, targets))
    return 0 if all(target.is_met for target in targets) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder in which the models are made and kept; else a temporary one")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"rows to run, comma between: {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes on the tiny model: that it runs, no figures")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--step", choices=ROWS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if unknown := set(options.rows.split(",")) - set(ROWS):
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    return options


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    """Measure one row in this process."""
    setting = made_setting(options.data, is_quick=options.quick)
    load, started = os.getloadavg()[0], perf_counter()
    figures = ROWS[options.step][1](setting)
    loads = [round(load, 1), round(os.getloadavg()[0], 1)]
    return figures | {"load_before_and_after": loads, "took_s": round(perf_counter() - started, 1)}


def _row(number: str, folder: Path, *, is_quick: bool) -> dict[str, Any]:
    """Measure one row in a process of its own; what ended badly says so."""
    print(f"{number}. {ROWS[number][0]} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench.engine", "--step", number, "--data", str(folder)]
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(
            command + ["--quick"] * is_quick, stdout=subprocess.PIPE, text=True, env=environment, timeout=ROW_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not ended after {ROW_LIMIT_S:.0f} s"}
    if done.returncode != 0:
        return {"failed": f"exit status {done.returncode}"}
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _keep(rows: dict[str, dict[str, Any]]) -> None:
    """Write the rows over those of earlier runs."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"] if RESULTS.exists() else {}
    found = {"command": "python -m bench.engine", "cores": os.cpu_count(), "rows": dict(sorted((kept | rows).items()))}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
