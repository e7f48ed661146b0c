"""How many cells of a unified KV cache sequences take that were copied from one another: shared cells count once.

llama.cpp's `llama_memory_seq_cp` adds a second sequence to cells that are there; decoding appends cells of one
sequence; `llama_memory_seq_rm` frees those no sequence is left in. This keeps the same account in numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class _Run:
    """Cells from position `start` that one sequence appended; others were copied from it up to their own ends."""

    start: int
    ends: dict[int, int] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        return max(self.ends.values(), default=self.start) - self.start


class SharedCells:
    """The runs of cells of each sequence. Every operation costs the number of a sequence's runs, which is small."""

    def __init__(self) -> None:
        self._runs: dict[int, list[_Run]] = {}
        self.used = 0
        """Cells in use, each counted once."""

    def length(self, sequence: int) -> int:
        """Return the positions the sequence has."""
        runs = self._runs.get(sequence)
        return runs[-1].ends[sequence] if runs else 0

    def copy(self, sequence: int, to: int, length: int) -> None:
        """Let `to`, which must be empty, share the first `length` cells of `sequence`."""
        shared = []
        for run in self._runs.get(sequence, []):
            if run.start < length:
                run.ends[to] = min(run.ends[sequence], length)
                shared.append(run)
        if shared:
            self._runs[to] = shared

    def append(self, sequence: int, tokens: int) -> None:
        """Give the sequence `tokens` cells of its own after those it has."""
        if not tokens:
            return
        runs = self._runs.setdefault(sequence, [])
        end = self.length(sequence) if runs else 0
        if not runs or runs[-1].cells > end - runs[-1].start:  # another goes further in the run: branch off
            runs.append(_Run(end))
        runs[-1].ends[sequence] = end + tokens
        self.used += tokens

    def cut(self, sequence: int, length: int) -> int:
        """Forget the sequence from position `length` on; return the cells that nobody needs any more."""
        freed = 0
        runs = self._runs.pop(sequence, [])
        kept = [run for run in runs if run.start < length]
        for run in runs:
            before = run.cells
            end = min(run.ends.pop(sequence), length)
            if end > run.start:
                run.ends[sequence] = end
            freed += before - run.cells
        if kept:
            self._runs[sequence] = kept
        self.used -= freed
        return freed

    def held(self, reaches: Mapping[int, int]) -> int:
        """Return the cells, shared ones once, that sequences hold up to the length each is given with."""
        longest: dict[_Run, int] = {}
        for sequence, length in reaches.items():
            for run in self._runs.get(sequence, []):
                cells = min(run.ends[sequence], length) - run.start
                longest[run] = max(longest.get(run, 0), cells)
        return sum(longest.values())
