"""The parsing process collects rarely, and only that process."""

import subprocess
import sys

from ingest.collecting import ALLOCATIONS

PROGRAM = """
import gc
from ingest.collecting import collect_rarely
collect_rarely()
print(gc.get_threshold()[0], gc.get_freeze_count() > 0, gc.isenabled())
"""


def test_process_that_asks_for_it_walks_its_records_rarely() -> None:
    printed = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert printed.split() == [str(ALLOCATIONS), "True", "True"]


def test_importing_the_worker_changes_nothing_here() -> None:
    program = "import gc; before = gc.get_threshold(); import ingest.worker; print(before == gc.get_threshold())"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "True"
