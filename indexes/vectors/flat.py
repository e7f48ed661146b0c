"""Vectors one after another, compared one by one: exact, and quickest where they are few."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows, Scores, Vectors
from indexes.storage.row_ranges import RowRanges
from indexes.vectors.lists import inner_products

GATHERED_SHARE = 0.25
"""Up to this share of the rows is copied out and compared alone; above it, comparing all and choosing is quicker."""


class FlatVectors:
    """Vectors by row number, in order of the rows. Never changed once made: a change gives another.

    Vectors that are added after the last stand in the same block of memory, behind what earlier ones see of it.
    """

    def __init__(self, rows: Rows, vectors: Vectors) -> None:
        """Hold `vectors` (n, d) under `rows` (n,), which must be in order, each once."""
        self._block = _Block(rows, vectors)
        self._count = len(rows)

    @classmethod
    def empty(cls, dimension: int) -> FlatVectors:
        """Return none at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=np.float32))

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Rows:
        """The row numbers held, in order."""
        return self._block.rows[: self._count]

    @property
    def vectors(self) -> Vectors:
        """(n, d), in the order of `rows`."""
        return self._block.vectors[: self._count]

    def with_rows(self, rows: Rows, vectors: Vectors) -> FlatVectors:
        """Return them with others, whose rows are not there yet."""
        order = np.argsort(rows, kind="stable")
        rows, vectors = rows[order], np.asarray(vectors, dtype=np.float32)[order]
        if not len(rows):
            return self
        if len(self) and rows[0] < self.rows[-1]:
            order = np.argsort(all_rows := np.concatenate((self.rows, rows)), kind="stable")
            return FlatVectors(all_rows[order], np.concatenate((self.vectors, vectors))[order])
        other = FlatVectors.__new__(FlatVectors)
        other._block = self._block.extended(self._count, rows, vectors)
        other._count = self._count + len(rows)
        return other

    def only(self, held: RowRanges) -> FlatVectors:
        """Return those whose rows `held` contains."""
        is_held = held.contain(self.rows)
        return self if is_held.all() else FlatVectors(self.rows[is_held], self.vectors[is_held])

    def nearest(self, query: Vectors, *, k: int, allowed: Rows | None) -> tuple[Rows, Scores]:
        """Return the k nearest rows, best first, equal scores in order of the rows; exact.

        Args:
            query: (1, d).
            k: rows wanted.
            allowed: rows that may be found, in order; None means all.
        """
        rows, scores = self.rows, None
        if allowed is not None:
            places = self._places(allowed)
            rows = rows[places]
            if len(places) <= GATHERED_SHARE * len(self):
                scores = inner_products(query, self.vectors[places])
            else:
                scores = inner_products(query, self.vectors)[places]
        return best(rows, inner_products(query, self.vectors) if scores is None else scores, k=k)

    def scores(self, query: Vectors, rows: Rows) -> tuple[npt.NDArray[np.bool_], Scores]:
        """Return which of the rows are here, and the scores of those."""
        places = np.minimum(np.searchsorted(self.rows, rows), max(0, len(self) - 1))
        is_here = self.rows[places] == rows if len(self) else np.zeros(len(rows), dtype=np.bool_)
        return is_here, inner_products(query, self.vectors[places[is_here]])

    def _places(self, rows: Rows) -> npt.NDArray[np.intp]:
        if not len(self):
            return np.empty(0, dtype=np.intp)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self) - 1)
        return np.asarray(places[self.rows[places] == rows], dtype=np.intp)


class _Block:
    """Room for vectors; filled from the front, and never written where something was."""

    def __init__(self, rows: Rows, vectors: Vectors) -> None:
        self.rows, self.vectors = rows, vectors
        self._used = len(rows)
        self._lock = threading.Lock()

    def extended(self, count: int, rows: Rows, vectors: Vectors) -> _Block:
        """Return a block whose first `count` are this one's and the next the given ones; this one, where it can be."""
        with self._lock:
            if count == self._used and count + len(rows) <= len(self.rows):
                self._fill(rows, vectors)
                return self
        room = max(2 * count, count + len(rows), 64)
        other = _Block(np.empty(room, dtype=np.int64), np.empty((room, vectors.shape[1]), dtype=np.float32))
        other._used = 0
        other._fill(self.rows[:count], self.vectors[:count])
        other._fill(rows, vectors)
        return other

    def _fill(self, rows: Rows, vectors: Vectors) -> None:
        after = self._used + len(rows)
        self.rows[self._used : after], self.vectors[self._used : after] = rows, vectors
        self._used = after


def best(rows: Rows, scores: Scores, *, k: int) -> tuple[Rows, Scores]:
    """Return the k rows of the highest scores, best first; equal scores in order of the rows."""
    if len(rows) > k:
        is_near = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[is_near], scores[is_near]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
