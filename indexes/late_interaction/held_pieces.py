"""Word pieces of passages that are compared again and again: decoded once, not for each query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexes.arrays import Vectors
from indexes.late_interaction.codes import MOST_PRODUCTS, join
from indexes.late_interaction.maxsim import QueryTokens, is_comparable
from indexes.late_interaction.windows import Nearness, nearness_of


@dataclass(frozen=True, slots=True)
class HeldPieces:
    """The pieces of passages by row: those of one stand in `vectors` (t, k), of norm 1, between its two `places`.

    Rows whose pieces are of another projection than `mark` are left out.
    """

    mark: int
    vectors: Vectors
    places: Mapping[int, tuple[int, int]]

    def nearness(self, query: QueryTokens, rows: Sequence[int]) -> Nearness:
        """Return what `maxsim.nearness` does, for rows that are all in `places`; at least one."""
        spans = [self.places[row] for row in rows]
        vectors = np.concatenate([self.vectors[first:last] for first, last in spans])
        starts = np.cumsum([0, *(last - first for first, last in spans[:-1])])
        return nearness_of(_products(vectors, query.vectors), starts)


def held_pieces(blobs: Mapping[int, bytes], query: QueryTokens) -> HeldPieces:
    """Return the pieces that can be compared with the query's, at least one of which there is.

    Raises:
        LibraryDamaged: a blob is not what `maxsim.compress` made.
    """
    rows = [row for row, blob in blobs.items() if is_comparable(query, blob)]
    dimension = query.vectors.shape[1]
    codes = join([blobs[row] for row in rows], dimension=dimension)
    vectors = codes.products(np.eye(dimension, dtype=np.float32))
    ends = [*codes.starts[1:].tolist(), len(vectors)][: len(rows)]
    return HeldPieces(query.mark, vectors, dict(zip(rows, zip(codes.starts.tolist(), ends, strict=True), strict=True)))


def _products(vectors: Vectors, query: Vectors) -> Vectors:
    """Return (t, q) inner products, on one thread (see `MOST_PRODUCTS`)."""
    columns = np.ascontiguousarray(query.T)
    products: Vectors = np.empty((len(vectors), columns.shape[1]), dtype=np.float32)
    step = max(1, MOST_PRODUCTS // max(1, columns.size))
    for start in range(0, len(vectors), step):
        np.matmul(vectors[start : start + step], columns, out=products[start : start + step])
    return products
