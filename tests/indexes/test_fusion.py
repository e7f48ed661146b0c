import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.fusion import fused, normalised

SCORES = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20)


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_normalised_stretches_from_zero_to_one() -> None:
    assert normalised(scores(2, 6, 4)).tolist() == [0.0, 1.0, 0.5]


def test_normalised_equal_scores_say_nothing() -> None:
    assert normalised(scores(7, 7, 7)).tolist() == [0.0, 0.0, 0.0]
    assert normalised(scores()).tolist() == []


def test_fused_weighs_both_halves() -> None:
    fusion = fused(scores(0, 10), scores(0.9, 0.1), dense_weight=0.25)
    assert fusion.tolist() == pytest.approx([0.25, 0.75])


def test_fused_leaves_the_order_to_the_half_that_tells_passages_apart() -> None:
    fusion = fused(scores(0, 0, 0), scores(0.1, 0.3, 0.2), dense_weight=0.5)
    assert np.argsort(-fusion).tolist() == [1, 2, 0]


@given(SCORES)
def test_normalised_keeps_order_and_range(values: list[float]) -> None:
    stretched = normalised(scores(*values))
    assert float(stretched.min()) >= 0.0
    assert float(stretched.max()) <= 1.0
    order = np.argsort(scores(*values), kind="stable")
    assert np.all(np.diff(stretched[order]) >= 0)
