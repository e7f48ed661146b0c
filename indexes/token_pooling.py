"""Vectors of a passage's word pieces to fewer: near ones become their mean (Clavié et al. 2024, "Reducing the Footprint
of Multi-Vector Retrieval with Minimal Performance Impact via Token Pooling").

Clusters are joined as in Ward's method, by what the join adds to the squared distances from the means, but all pairs
that are each other's nearest are joined at once, nearest first: some rounds of one matrix product, and no search tree.
"""

from __future__ import annotations

import numpy as np

from indexes.arrays import Vectors


def pooled(vectors: Vectors, *, count: int) -> Vectors:
    """Return at most `count` vectors (1 <= count) of norm 1: the directions of the means of near ones.

    The vectors are of norm 1, in any order; so is what is returned. Fewer than `count` are returned as they are.
    """
    sums, sizes = vectors.copy(), np.ones(len(vectors), dtype=np.float32)
    while len(sums) > count:
        costs = _costs(sums, sizes)
        nearest = costs.argmin(axis=1)
        numbers = np.arange(len(sums))
        first = numbers[(nearest[nearest] == numbers) & (numbers < nearest)]
        by_cost = first[np.argsort(costs[first, nearest[first]], kind="stable")]
        kept = by_cost[: (len(sums) - count + 1) // 2]  # half of those wanted: a later join may be nearer than these
        joined = nearest[kept]
        sums[kept] += sums[joined]
        sizes[kept] += sizes[joined]
        sums, sizes = np.delete(sums, joined, axis=0), np.delete(sizes, joined)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)


def _costs(sums: Vectors, sizes: Vectors) -> Vectors:
    """Return what joining each two clusters adds to the squared distances; infinite for a cluster with itself."""
    means = sums / sizes[:, None]
    squares = (means**2).sum(axis=1)
    distances = squares[:, None] + squares - 2.0 * (means @ means.T)
    costs = distances * (sizes[:, None] * sizes / (sizes[:, None] + sizes))
    costs = np.minimum(costs, costs.T)  # the same either way, whatever BLAS rounds, so that a nearest pair exists
    np.fill_diagonal(costs, np.inf)
    return np.asarray(costs, dtype=np.float32)
