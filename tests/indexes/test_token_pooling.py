import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.token_pooling import pooled


def rows_of_norm_1(count: int, dimension: int, *, seed: int) -> np.ndarray:
    numbers = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return numbers / np.linalg.norm(numbers, axis=1, keepdims=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 5))
def test_count_and_norms_are_as_asked(held: int, count: int, seed: int) -> None:
    rows = rows_of_norm_1(held, 16, seed=seed)
    found = pooled(rows, count=count)
    assert found.shape == (min(held, count), 16)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_equal_vectors_become_one_before_others_are_joined() -> None:
    rows = rows_of_norm_1(8, 16, seed=1)
    repeated = np.repeat(rows, [3, 1, 2, 4, 1, 1, 5, 2], axis=0)
    found = pooled(repeated[np.random.default_rng(2).permutation(len(repeated))], count=8)
    cosines = found @ rows.T
    np.testing.assert_allclose(cosines.max(axis=0), 1.0, atol=1e-5)


def test_the_nearest_two_are_joined_into_the_direction_between() -> None:
    turned = np.deg2rad([0, 10, 80, 200])
    rows = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    found = pooled(rows, count=3)
    angles = sorted((np.rad2deg(np.arctan2(found[:, 1], found[:, 0])) % 360).round(3).tolist())
    assert angles == [5.0, 80.0, 200.0]


def test_a_large_cluster_is_dearer_to_join_than_a_small_one() -> None:
    turned = np.deg2rad([0, 0, 0, 0, 0, 40, 85])
    rows = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    found = pooled(rows, count=2)
    angles = sorted(np.rad2deg(np.arctan2(found[:, 1], found[:, 0])).round(1).tolist())
    assert angles == [0.0, 62.5]


def test_it_is_nearly_as_good_as_wards_method_joined_one_by_one() -> None:
    rows = rows_of_norm_1(60, 16, seed=3)
    ours, theirs = (
        (rows @ found.T).max(axis=1).mean() for found in (pooled(rows, count=30), _one_by_one(rows, count=30))
    )
    assert ours > theirs - 0.005


def _one_by_one(rows: np.ndarray, *, count: int) -> np.ndarray:
    clusters = [[number] for number in range(len(rows))]
    while len(clusters) > count:
        costs = {
            (first, second): len(clusters[first])
            * len(clusters[second])
            / (len(clusters[first]) + len(clusters[second]))
            * float(((rows[clusters[first]].mean(0) - rows[clusters[second]].mean(0)) ** 2).sum())
            for second in range(len(clusters))
            for first in range(second)
        }
        first, second = min(costs, key=lambda pair: costs[pair])
        clusters[first] += clusters.pop(second)
    means = np.stack([rows[cluster].mean(0) for cluster in clusters])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def test_no_vector_gives_none() -> None:
    assert pooled(np.zeros((0, 4), dtype=np.float32), count=1).shape == (0, 4)
