import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.arrays import Rows, Vectors
from indexes.errors import IndexMismatch
from indexes.vectors.flat import FlatVectors
from indexes.vectors.index import VectorIndex

DIMENSION = 8


def unit(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def nothing(rows: Rows) -> tuple[Rows, Vectors]:
    raise AssertionError("an index without lists asks for no vectors")


def empty() -> VectorIndex:
    return VectorIndex.of_flat(FlatVectors.empty(DIMENSION), exact=nothing)


def by_numpy(rows: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    """The order in which ties fall by row."""
    scores = vectors @ query[0]
    return [int(rows[place]) for place in np.lexsort((rows, -scores))[:k]]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 1000))
def test_search_agrees_with_numpy(count: int, k: int, seed: int) -> None:
    vectors, rows = unit(count, seed), np.arange(count, dtype=np.int64) * 3 + 7
    index = empty().with_rows(rows, vectors)
    query = unit(1, seed + 1)
    found, scores = index.search(query, k=k)
    assert found.tolist() == by_numpy(rows, vectors, query, k)
    assert scores == pytest.approx(sorted(vectors @ query[0], reverse=True)[:k], abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 39)), st.integers(1, 50))
def test_search_within_allowed_rows_agrees_with_numpy(allowed: set[int], k: int) -> None:
    vectors, rows = unit(40, 5), np.arange(40, dtype=np.int64)
    index = empty().with_rows(rows, vectors)
    kept = np.array(sorted(allowed), dtype=np.int64)
    query = unit(1, 6)
    found, _ = index.search(query, k=k, allowed=kept)
    assert found.tolist() == by_numpy(kept, vectors[kept], query, k)


def test_equal_scores_are_ordered_by_row_even_beyond_k() -> None:
    vector = unit(1, 1)
    rows = np.arange(300, 0, -1, dtype=np.int64)
    index = empty().with_rows(rows, np.repeat(vector, 300, axis=0))
    found, scores = index.search(vector, k=3)
    assert found.tolist() == [1, 2, 3]
    assert len(set(scores.tolist())) == 1


def test_allowed_rows_that_are_not_there_are_passed_over() -> None:
    index = empty().with_rows(np.array([4], dtype=np.int64), unit(1, 1))
    found, _ = index.search(unit(1, 2), k=5, allowed=np.array([4, 99], dtype=np.int64))
    assert found.tolist() == [4]


def test_removed_rows_are_gone_and_others_stay() -> None:
    vectors = unit(10, 3)
    index = empty().with_rows(np.arange(10, dtype=np.int64), vectors)
    index = index.without([(2, 4), (100, 200)])
    assert index.rows().tolist() == [0, 1, 5, 6, 7, 8, 9]
    found, scores = index.search(vectors[5:6], k=1)
    assert found.tolist() == [5]
    assert scores[0] == pytest.approx(1.0, abs=1e-5)


def test_scores_are_those_of_the_rows_asked_for() -> None:
    vectors, query = unit(5, 4), unit(1, 9)
    index = empty().with_rows(np.array([10, 11, 12, 13, 14], dtype=np.int64), vectors)
    asked = np.array([14, 10], dtype=np.int64)
    assert index.scores(query, asked) == pytest.approx(vectors[[4, 0]] @ query[0], abs=1e-6)


def test_empty_index_finds_nothing() -> None:
    found, scores = empty().search(unit(1, 1), k=3)
    assert (len(found), len(scores)) == (0, 0)


def test_other_dimension_is_refused() -> None:
    with pytest.raises(IndexMismatch, match=r"\(1, 3\).*dimension 8"):
        empty().search(np.ones((1, 3), dtype=np.float32), k=1)
