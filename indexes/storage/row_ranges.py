"""Which rows something holds, as ranges: a library's rows come and go by papers, so few ranges say it all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows

_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class RowRanges:
    """Rows by ranges in order, apart from each other, ends included. Never changed once made."""

    firsts: Rows
    lasts: Rows

    @classmethod
    def of(cls, rows: Rows) -> RowRanges:
        """Return the ranges that hold these rows; each may be named more than once."""
        rows = np.unique(np.asarray(rows, dtype=np.int64))
        if not len(rows):
            return cls(_NONE, _NONE)
        is_gap = np.diff(rows) > 1
        return cls(rows[np.concatenate(([True], is_gap))], rows[np.concatenate((is_gap, [True]))])

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[int, int]]) -> RowRanges:
        """Return the ranges given as (first, last).

        Raises:
            ValueError: they are not in order, or touch.
        """
        held = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        firsts, lasts = np.ascontiguousarray(held[:, 0]), np.ascontiguousarray(held[:, 1])
        if (firsts > lasts).any() or (firsts[1:] <= lasts[:-1] + 1).any():
            raise ValueError("row ranges out of order")
        return cls(firsts, lasts)

    def pairs(self) -> list[tuple[int, int]]:
        """Return the ranges as (first, last)."""
        return list(zip(self.firsts.tolist(), self.lasts.tolist(), strict=True))

    def __len__(self) -> int:
        return int((self.lasts - self.firsts + 1).sum())

    def contain(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return for each row whether it is held."""
        if not len(self.firsts):
            return np.zeros(len(rows), dtype=np.bool_)
        places = np.searchsorted(self.firsts, rows, side="right") - 1
        return np.asarray((places >= 0) & (rows <= self.lasts[np.maximum(places, 0)]), dtype=np.bool_)

    def rows(self) -> Rows:
        """Return the rows one by one, in order."""
        lengths = self.lasts - self.firsts + 1
        starts = np.cumsum(lengths) - lengths
        return np.repeat(self.firsts - starts, lengths) + np.arange(lengths.sum(), dtype=np.int64)

    def with_rows(self, rows: Rows) -> RowRanges:
        """Return the ranges with these rows too."""
        added = RowRanges.of(rows)
        firsts = np.concatenate((self.firsts, added.firsts))
        order = np.argsort(firsts, kind="stable")
        firsts, lasts = firsts[order], np.concatenate((self.lasts, added.lasts))[order]
        reach = np.maximum.accumulate(lasts) if len(lasts) else lasts
        is_start = np.concatenate(([True], firsts[1:] > reach[:-1] + 1)) if len(firsts) else np.empty(0, dtype=np.bool_)
        is_end = np.concatenate((is_start[1:], [True])) if len(firsts) else is_start
        return RowRanges(firsts[is_start], reach[is_end])

    def without(self, first: int, last: int) -> RowRanges:
        """Return the ranges without the rows from `first` to `last`."""
        if last < first:
            return self
        is_before, is_after = self.firsts < first, self.lasts > last
        firsts = np.concatenate((self.firsts[is_before], np.maximum(self.firsts[is_after], last + 1)))
        lasts = np.concatenate((np.minimum(self.lasts[is_before], first - 1), self.lasts[is_after]))
        return RowRanges(firsts, lasts)
