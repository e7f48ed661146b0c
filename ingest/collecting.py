"""How often a parsing process looks for dead cycles: rarely, because parsing makes hundreds of thousands of records.

Python's collector walks all of them each time it runs, for cycles that hardly occur here. Over 23 papers of 138 the
parser read 46.5 and 44.6 pages a CPU second as Python comes and 58.8 and 56.8 with these thresholds, alternating in one
process on a quiet machine.
"""

from __future__ import annotations

import gc

ALLOCATIONS, YOUNG_RUNS, MIDDLE_RUNS = 100_000, 20, 50
"""Allocations before the youngest are walked, and runs of one generation before the next. Python's own: 700, 10, 10."""


def collect_rarely() -> None:
    """Set the thresholds for this process, and leave out of every walk what is loaded already."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, YOUNG_RUNS, MIDDLE_RUNS)
