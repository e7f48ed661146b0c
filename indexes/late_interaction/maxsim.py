"""Nearness word piece by word piece: for each piece of the query, the best it finds in a passage (MaxSim).

From Khattab and Zaharia 2020, ColBERT, section 3.2, on the bundled encoder's vectors behind a learned projection. A
passage's pieces are kept in a few kilobytes, so that what was encoded once is compared without the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexes.arrays import Scores, TokenVectors, Vectors
from indexes.late_interaction.codes import encode, join, mark_of
from indexes.late_interaction.projection import TokenProjection
from indexes.late_interaction.windows import WIDTHS, Nearness, nearness_of

MOST_PIECES = 4_096
"""Pieces kept of one passage: 130 kB at 64 numbers of four bits. The bundled encoder gives 254."""


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """A query's word pieces, projected: `vectors` (q, k) float32 whose norms are the pieces' weights; `mark` as in
    `TokenProjection`."""

    vectors: Vectors
    mark: int


def query_tokens(tokens: TokenVectors, projection: TokenProjection) -> QueryTokens:
    """Return the pieces of a query as `maxsim` reads them; q is 0 where the encoder gave none."""
    weights = np.logaddexp(0.0, tokens.vectors @ projection.weight + projection.bias)
    vectors = _projected(tokens.vectors, projection) * weights[:, None]
    return QueryTokens(vectors.astype(np.float32), projection.mark)


def compress(tokens: TokenVectors, projection: TokenProjection) -> bytes | None:
    """Return the pieces of a passage in the few bytes that the library keeps; None where the encoder gave none.

    All are kept, in order, so that stretches of neighbours can be compared (`windows`).
    """
    vectors = _projected(tokens.vectors[:MOST_PIECES], projection)
    if not len(vectors):
        return None
    return encode(vectors, mark=projection.mark)


def maxsim(query: QueryTokens, blobs: Sequence[bytes]) -> Scores:
    """Return (n, q) how near each passage comes to each piece of the query; the sum of a row is the passage's score.

    Raises:
        LibraryDamaged: a blob is not what `compress` made.
    """
    return nearness(query, blobs).pieces


def nearness(query: QueryTokens, blobs: Sequence[bytes]) -> Nearness:
    """Return how near each passage comes to the query, as a whole and by its best stretches.

    Raises:
        LibraryDamaged: a blob is not what `compress` made.
    """
    held = join(blobs, dimension=query.vectors.shape[1])
    if not blobs or not len(query.vectors):
        shapes = (len(blobs), len(query.vectors)), (len(blobs), len(WIDTHS))
        return Nearness(*(np.zeros(shape, dtype=np.float32) for shape in shapes))
    return nearness_of(held.products(query.vectors), held.starts)


def is_comparable(query: QueryTokens, blob: bytes) -> bool:
    """Return whether the passage's pieces come from the projection of the query's.

    Raises:
        LibraryDamaged: the header is cut off.
    """
    return mark_of(blob) == query.mark


def _projected(vectors: Vectors, projection: TokenProjection) -> Vectors:
    projected = vectors @ projection.matrix
    norms = np.linalg.norm(projected, axis=1, keepdims=True)
    return np.asarray(projected / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)
