"""Many vectors in lists of near ones, a byte a number (IVF with an 8-bit scalar quantiser). The one home of FAISS.

A search looks into the lists nearest to the query and gives candidates; who asks scores them exactly. The lists are
read where they lie on disk, page by page as searches need them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import faiss
import numpy as np

from indexes.arrays import Rows, Scores, Vectors
from indexes.errors import LibraryDamaged
from indexes.storage.row_ranges import RowRanges

Lists: TypeAlias = Any
"""A `faiss.IndexIVFScalarQuantizer`; FAISS's stubs lack most of what is used of it here."""

MIN_LISTS = 64
TRAINED_A_LIST = 64
"""Vectors of the sample for each list; FAISS warns below 39."""

TRAINING_ROUNDS = 10

MIN_PROBED_LISTS = 64
PROBED_SHARE = 1 / 4
"""Lists looked into. What is asked matters more than how many there are: vectors of questions lie away from those of
passages, and their nearest are spread over more lists. Share of the true nearest among 216 candidates:

vectors, queries                                 lists  probed   of 10   of 200
100,000 abstracts, other abstracts                 256      64    1.000    .991
100,000 abstracts, 200 questions of COVID-QA       256      32     .932    .852
                                                   256      64     .964    .921
                                                   256     128     .988    .973
280,000 made, 60 made questions                    512      32     .872    .847
                                                   512      64     .923    .929
                                                   512     128     .967    .975
                                                   512     256     .990    .995

An eighth of the lists, which seemed enough as long as passages were asked for, loses every thirteenth of the ten
nearest there. Earlier, with passages as queries:

vectors                            lists  probed   of 10   of 200
15,884 abstracts, bundled encoder    256      32    .983     .920
                                     256      64    .995     .977
100,000 made (bench/scale)           256      32    .995     .972
                                     256      64    .998     .993
                                     512      64    .998     .985
1,000,000 made                      1024     128    .992     .975

Half the lists of that are searched in half the time; twice the lists take three times as long to train. Residuals
(`by_residual`) found the same and took 1.4 times as long. One thread throughout; 2026-11.
"""


class ListedVectors:
    """Rows in lists, never changed once made. Several threads may search.

    Attributes:
        rows: the rows held.
        place: the file that they are read from; None where they are in memory.
    """

    def __init__(self, index: Lists, rows: RowRanges, *, place: Path | None = None) -> None:
        """Use `list_vectors` or `read_lists`."""
        self._index = index
        self.rows = rows
        self.place = place

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def list_count(self) -> int:
        """How many lists there are."""
        return int(self._index.nlist)

    @property
    def body_bytes(self) -> int:
        """Size of codes and row numbers, which stand at the end of what `write` writes."""
        return len(self) * (int(self._index.code_size) + 8)

    def candidates(self, query: Vectors, *, k: int, widening: int = 1, allowed: Rows | None = None) -> Rows:
        """Return about the k nearest rows, in no order; fewer where the lists looked into hold fewer.

        Args:
            query: (1, d) float32.
            k: rows wanted.
            widening: look into so many times the usual lists.
            allowed: rows that may be found; the fewer they are, the more lists are looked into. None means all.
        """
        share = 1.0 if allowed is None else max(len(allowed), 1) / max(len(self), 1)
        probed = max(MIN_PROBED_LISTS, self.list_count * PROBED_SHARE) * widening / share
        parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]  # the stubs do not know it
            nprobe=min(self.list_count, math.ceil(probed))
        )
        selector = bitmap = None  # FAISS keeps neither alive
        if allowed is not None:
            bitmap = _bitmap(allowed)
            selector = faiss.IDSelectorBitmap(len(bitmap), faiss.swig_ptr(bitmap))
            parameters.sel = selector
        faiss.omp_set_num_threads(1)  # 20 times as fast as two at 10,000 vectors; OpenMP keeps it for each thread
        _, rows = self._index.search(query, min(k, max(len(self), 1)), params=parameters)
        del selector, bitmap
        return np.unique(rows[0][rows[0] >= 0])

    def merged(self, kept: RowRanges, added: Iterable[tuple[Rows, Vectors]]) -> ListedVectors:
        """Return lists of the same shape in memory, with those of the rows that `kept` contains, and with others."""
        index = _untrained(self.dimension, self.list_count)
        index.quantizer.add(self._index.quantizer.reconstruct_n(0, self.list_count))
        faiss.copy_array_to_vector(faiss.vector_to_array(self._index.sq.trained), index.sq.trained)
        index.is_trained = True
        code_size = int(self._index.code_size)
        for number in range(self.list_count):
            size = self._index.invlists.list_size(number)
            if not size:
                continue
            rows = faiss.rev_swig_ptr(self._index.invlists.get_ids(number), size)
            codes = faiss.rev_swig_ptr(self._index.invlists.get_codes(number), size * code_size)
            is_kept = kept.contain(rows)
            rows = np.ascontiguousarray(rows[is_kept])
            codes = np.ascontiguousarray(codes.reshape(size, code_size)[is_kept])
            index.invlists.add_entries(number, len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(codes))
            index.ntotal += len(rows)
        return _filled(index, added)

    def write(self, write: Callable[[bytes], object]) -> None:
        """Hand FAISS's bytes to `write`, piece by piece."""
        faiss.write_index(self._loaded(), faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]  # the same

    def _loaded(self) -> Lists:
        return self._index if self.place is None else self.merged(self.rows, ())._index


def list_vectors(sample: Vectors, batches: Iterable[tuple[Rows, Vectors]], *, list_count: int) -> ListedVectors:
    """Return vectors in lists whose centres are learnt from `sample`, (n, d); the vectors come in `batches`."""
    index = _untrained(sample.shape[1], list_count)
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    index.train(np.ascontiguousarray(sample, dtype=np.float32))
    return _filled(index, batches)


def list_count_for(count: int) -> int:
    """Return how many lists suit so many vectors: the power of two next to their square root."""
    return int(max(MIN_LISTS, 2 ** round(math.log2(max(count, 1)) / 2)))


def read_lists(path: Path, rows: RowRanges) -> ListedVectors:
    """Open the lists whose bytes `write` put at the front of a file; their bodies stay there.

    Raises:
        LibraryDamaged: FAISS cannot read it, or it is something else.
    """
    try:
        index: Lists = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    except RuntimeError as error:
        raise _damaged(path, "FAISS cannot read it") from error
    if not isinstance(index, faiss.IndexIVFScalarQuantizer) or index.ntotal != len(rows):
        raise _damaged(path, f"it holds a {type(index).__name__} of {index.ntotal} vectors, not {len(rows)} in lists")
    lists: Any = faiss.downcast_InvertedLists(index.invlists)  # type: ignore[arg-type]
    lists.prefetch_nthread = 0  # by default every search would start up to 32 threads to touch the pages first
    return ListedVectors(index, rows, place=path)


def inner_products(query: Vectors, vectors: Vectors) -> Scores:
    """Return the inner product of `query`, (1, d), with each row of `vectors`, (n, d); one thread, without the GIL."""
    scores = np.empty(len(vectors), dtype=np.float32)
    if len(vectors):
        query, vectors = (np.ascontiguousarray(each, dtype=np.float32) for each in (query, vectors))
        pointers = (faiss.swig_ptr(each) for each in (scores, query, vectors))
        faiss.fvec_inner_products_ny(*pointers, vectors.shape[1], len(vectors))  # type: ignore[attr-defined]
    return scores


def _untrained(dimension: int, list_count: int) -> Lists:
    centres = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(
        centres, dimension, list_count, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.spherical, index.cp.niter = True, TRAINING_ROUNDS
    index.cp.max_points_per_centroid = TRAINED_A_LIST
    return index


def _filled(index: Lists, batches: Iterable[tuple[Rows, Vectors]]) -> ListedVectors:
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    for rows, vectors in batches:
        if len(rows):
            index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), rows)
    lists = index.invlists
    held = [
        np.array(faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number)))
        for number in range(index.nlist)
        if lists.list_size(number)
    ]
    return ListedVectors(index, RowRanges.of(np.concatenate(held) if held else np.empty(0, dtype=np.int64)))


def _bitmap(rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    is_in = np.zeros(int(rows.max(initial=0)) + 1, dtype=np.bool_)
    is_in[rows] = True
    return np.packbits(is_in, bitorder="little")


def _damaged(path: Path, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"vector index {path}: {reason}", hint="It is rebuilt from the library at the next search.")
