"""Other programs' readers over the same files in the same run: text recall and pages a second, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.parsing import peer_readers
from bench.parsing.scores import text_recall

LIMIT_S = 60
"""Wall time for one file, as for ours."""


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """What one reader gave: share of gold 4-grams by layout, speed, and files that it failed on."""

    reader: str
    text_recall: dict[str, float]
    pages_per_cpu_second: float
    failed: int


def measure_peers(python: Path, paths: Sequence[Path], truth: Path) -> Iterator[PeerFigures]:
    """Run each reader over the files with the peers' interpreter (`make peers` makes one)."""
    for reader in peer_readers.READERS:
        with tempfile.TemporaryDirectory() as folder:
            command = [str(python), peer_readers.__file__, reader, folder, str(LIMIT_S), *map(str, paths)]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            lines = [json.loads(line) for line in printed.stdout.splitlines() if line.startswith("{")]
            texts = {path.stem: path.read_text(encoding="utf-8") for path in Path(folder).glob("*.txt")}
        print(f"== {reader}", file=sys.stderr)
        yield PeerFigures(
            reader,
            text_recall(texts, truth),
            sum(line["pages"] for line in lines) / max(sum(line["cpu_s"] for line in lines), 1e-9),
            sum(bool(line["error"]) for line in lines),
        )
