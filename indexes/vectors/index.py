"""The nearest vectors to a query by cosine: compared one by one where they are few, through lists where they are many.

Scores are exact whatever the kind: what the lists suggest is scored from the float32 vectors that the library holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows, Scores, Vectors
from indexes.errors import IndexMismatch
from indexes.storage.row_ranges import RowRanges
from indexes.vectors.flat import FlatVectors, best
from indexes.vectors.lists import ListedVectors, inner_products

VectorSource = Callable[[Rows], tuple[Rows, Vectors]]
"""Gives those of the rows that the library holds, in order, and their exact vectors."""

MARGIN = 16
"""Candidates asked of the lists beyond k: a byte a number moves a cosine by some .001, so ranks change a little. Of
the true 200 nearest among 100,000 made vectors, 216 candidates from all lists hold all."""

MAX_COMPARED_ROWS = 2_000
"""A scope of up to so many rows is compared whole, from the library: about 4 µs a row. A few papers hold hundreds."""


class VectorIndex:
    """Vectors by row number. Never changed once made, so that any number of threads may search: a change gives another.

    What came since the lists were made stands in `flat` beside them; what went is left out of what they find.
    """

    def __init__(self, flat: FlatVectors, held: RowRanges, lists: ListedVectors | None, exact: VectorSource) -> None:
        """Use `of_flat` or `of_lists`."""
        self.flat = flat
        self.lists = lists
        self._held = held
        self.exact = exact

    @classmethod
    def of_flat(cls, flat: FlatVectors, *, exact: VectorSource) -> VectorIndex:
        """Return an index without lists; `exact` is asked once it has some."""
        return cls(flat, RowRanges.of(flat.rows), None, exact)

    @classmethod
    def of_lists(cls, lists: ListedVectors, *, exact: VectorSource) -> VectorIndex:
        """Return an index of these lists."""
        return cls(FlatVectors.empty(lists.dimension), lists.rows, lists, exact)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.flat.vectors.shape[1])

    def __len__(self) -> int:
        return len(self._held)

    @property
    def removed_count(self) -> int:
        """Rows that stand in the lists and are not held any more."""
        return 0 if self.lists is None else len(self.lists) + len(self.flat) - len(self)

    @property
    def held(self) -> RowRanges:
        """The rows held."""
        return self._held

    def rows(self) -> Rows:
        """Return the row numbers held, in order."""
        return self._held.rows()

    def holds(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return for each row whether it is held."""
        return self._held.contain(rows)

    def with_rows(self, rows: Rows, vectors: Vectors) -> VectorIndex:
        """Return the index with vectors under row numbers that are not there yet.

        Raises:
            IndexMismatch: the vectors have another dimension.
        """
        self._check(vectors)
        flat, held = self.flat.with_rows(rows, vectors), self._held.with_rows(rows)
        return VectorIndex(flat, held, self.lists, self.exact)

    def without(self, spans: Iterable[tuple[int, int]]) -> VectorIndex:
        """Return the index without the rows of each span (first, last); those that are not there are passed over."""
        held = self._held
        for first, last in spans:
            held = held.without(first, last)
        return VectorIndex(self.flat.only(held), held, self.lists, self.exact)

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the k nearest rows, best first: all of them without lists, nearly all with (see `PROBED_SHARE`).

        Args:
            query: (1, d) float32 of norm 1; d must equal `dimension`.
            k: rows wanted, 1 <= k.
            allowed: only these rows are looked at, in order; None means all.

        Returns:
            rows (k',) and scores (k',), exact cosines, higher is better; k' = min(k, rows there). Equal scores are
            ordered by row.

        Raises:
            IndexMismatch: d differs from the index.
        """
        self._check(query)
        rows, scores = self.flat.nearest(query, k=k, allowed=allowed)
        if self.lists is None:
            return rows, scores
        listed, vectors = self.exact(self._listed(self.lists, query, k, allowed))
        listed_scores = inner_products(query, vectors)
        return best(np.concatenate((rows, listed)), np.concatenate((scores, listed_scores)), k=k)

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the exact score of each row, which all must be there.

        A row that the library has lost since the index was made gets the lowest score of the others.
        """
        self._check(query)
        is_flat, flat_scores = self.flat.scores(query, rows)
        scores = np.full(len(rows), np.nan, dtype=np.float32)
        scores[is_flat] = flat_scores
        if not is_flat.all():
            found, vectors = self.exact(np.unique(rows[~is_flat]))
            places = np.searchsorted(found, rows)
            is_found = ~is_flat & (places < len(found))
            is_found[is_found] = found[places[is_found]] == rows[is_found]
            scores[is_found] = inner_products(query, vectors)[places[is_found]]
        is_lost = np.isnan(scores)
        scores[is_lost] = scores[~is_lost].min(initial=1.0)
        return scores

    def _listed(self, lists: ListedVectors, query: Vectors, k: int, allowed: Rows | None) -> Rows:
        """Return the rows of the lists to score: a small scope whole, else candidates."""
        if allowed is not None:
            allowed = allowed[self._held.contain(allowed) & lists.rows.contain(allowed)]
            if len(allowed) <= MAX_COMPARED_ROWS:
                return allowed
        there = len(self) - len(self.flat) if allowed is None else len(allowed)
        wanted, widening = k + MARGIN, 1
        while True:
            rows = lists.candidates(query, k=wanted, widening=widening, allowed=allowed)
            rows = rows[self._held.contain(rows) & lists.rows.contain(rows)]
            if len(rows) >= min(k, there) or widening > lists.list_count:
                return rows
            wanted, widening = wanted * 4, widening * 4

    def _check(self, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise IndexMismatch(
                f"vectors of shape {vectors.shape} were given to an index of dimension {self.dimension}",
                hint="Use the encoder that the library was made with.",
            )
