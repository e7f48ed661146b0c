"""Which kind of index suits how many vectors, and how one becomes another."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from enum import StrEnum
from time import perf_counter

import numpy as np

from indexes.arrays import Rows, Vectors
from indexes.storage.row_log import RowLog, RowRange
from indexes.storage.row_ranges import RowRanges
from indexes.vectors.flat import FlatVectors
from indexes.vectors.index import VectorIndex
from indexes.vectors.lists import TRAINED_A_LIST, list_count_for, list_vectors

LOGGER = logging.getLogger(__name__)

MAX_FLAT_ROWS = 30_000
"""Vectors compared one by one before they go into lists, alone or beside lists. One thread, k = 216, 384 dimensions:

vectors     one by one      SQ8, all     in lists (nprobe 64)    HNSW (M 32, ef 256)
15,884          1.3 ms        0.9 ms                   0.4 ms                 0.7 ms
100,000          7 ms         4.4 ms                     1 ms        (79 s to build)
1,000,000      138 ms          41 ms     15 ms (nprobe 128)      (not built)

30,000 take 2.5 ms and nothing to build; lists for 30,000 take 2 s of training at no gain that a person sees. SQ8 alone
is no kind of its own: lists beat it from the first size at which it beats comparing one by one. HNSW was dropped: ten
times as long to build as lists, four times their memory, and it cannot forget a vector.
"""

MIN_LISTED_ROWS = 15_000
"""Lists become single vectors again below it: half of the limit, so that a library near that does not swing."""

MAX_REMOVED_SHARE = 0.2
"""Of what stands in the lists; above it they are written anew without what was removed."""

MAX_LISTS_BEHIND = 2
"""Lists are learnt anew where the vectors would suit more than so many times as many: from 16 times as many vectors."""

TRAINING_SEED = 0


class Growth(StrEnum):
    """What an index needs to suit its size."""

    NOTHING = "nothing"
    MERGING = "merging"
    REBUILDING = "rebuilding"


def growth_needed(index: VectorIndex) -> Growth:
    """Return what the index needs."""
    if index.lists is None:
        return Growth.REBUILDING if len(index) > MAX_FLAT_ROWS else Growth.NOTHING
    is_outgrown = list_count_for(len(index)) > MAX_LISTS_BEHIND * index.lists.list_count
    if len(index) < MIN_LISTED_ROWS or is_outgrown:
        return Growth.REBUILDING
    is_stale = index.removed_count > MAX_REMOVED_SHARE * len(index.lists)
    return Growth.MERGING if is_stale or len(index.flat) > MAX_FLAT_ROWS else Growth.NOTHING


def merged(index: VectorIndex) -> VectorIndex:
    """Return the index with all that it holds in its lists; without lists it is returned as it is."""
    if index.lists is None:
        return index
    lists = index.lists.merged(index.held, [(index.flat.rows, index.flat.vectors)])
    return VectorIndex.of_lists(lists, exact=index.exact)


def built(log: RowLog, rows: RowRanges) -> VectorIndex:
    """Return an index of those of the rows that the library holds, of the kind that suits their number.

    It takes 1 s for 30,000 vectors and some minutes for a million.
    """
    started = perf_counter()
    if len(rows) > MAX_FLAT_ROWS:
        list_count = list_count_for(len(rows))
        _, sample = log.vectors_of(_sampled(rows, TRAINED_A_LIST * list_count))
        lists = list_vectors(sample, _batches(log, rows), list_count=list_count)
        index = VectorIndex.of_lists(lists, exact=log.vectors_of)
    else:
        parts = list(_batches(log, rows))
        flat = FlatVectors.empty(log.dimension)
        if parts:
            flat = FlatVectors(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
        index = VectorIndex.of_flat(flat, exact=log.vectors_of)
    elapsed_ms = (perf_counter() - started) * 1000
    LOGGER.info("built vectors rows=%d lists=%s elapsed_ms=%d", len(index), index.lists is not None, elapsed_ms)
    return index


def _batches(log: RowLog, rows: RowRanges) -> Iterator[tuple[Rows, Vectors]]:
    """Yield the vectors of the rows; the ranges may be wider than what is there, gaps are read over."""
    if len(rows.firsts):
        for found, vectors in log.vectors(RowRange(int(rows.firsts[0]), int(rows.lasts[-1]))):
            is_wanted = rows.contain(found)
            yield found[is_wanted], vectors[is_wanted]


def _sampled(rows: RowRanges, count: int) -> Rows:
    every = rows.rows()
    if len(every) <= count:
        return every
    return np.sort(np.random.default_rng(TRAINING_SEED).choice(every, count, replace=False))
