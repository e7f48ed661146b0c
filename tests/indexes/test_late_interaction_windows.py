import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.late_interaction.windows import BLOCK, WIDTHS, nearness_of


def by_loops(products: np.ndarray, lengths: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The same, written plainly: every stretch of whole blocks that begins in the passage and is cut at its end."""
    pieces, windows = [], []
    for passage in np.split(products, np.cumsum(lengths)[:-1]):
        pieces.append(passage.max(axis=0))
        windows.append(
            [
                max(passage[first : first + width].max(axis=0).mean() for first in range(0, len(passage), BLOCK))
                for width in WIDTHS
            ]
        )
    return np.array(pieces), np.array(windows)


@given(lengths=st.lists(st.integers(1, 70), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_nearness_is_that_of_plain_loops(lengths: list[int], seed: int) -> None:
    products = np.random.default_rng(seed).standard_normal((sum(lengths), 3)).astype(np.float32)
    starts = np.cumsum([0, *lengths[:-1]])
    found = nearness_of(products, starts)
    pieces, windows = by_loops(products, lengths)
    np.testing.assert_allclose(found.pieces, pieces)
    np.testing.assert_allclose(found.windows, windows, rtol=1e-5, atol=1e-6)


def test_a_stretch_does_not_reach_into_the_next_passage() -> None:
    products = np.zeros((2 * BLOCK, 2), dtype=np.float32)
    products[0, 0] = products[BLOCK, 1] = 1.0
    apart = nearness_of(products, np.array([0, BLOCK]))
    together = nearness_of(products, np.array([0]))
    assert apart.windows.tolist() == pytest.approx(np.full((2, len(WIDTHS)), 0.5))
    assert together.windows.tolist() == pytest.approx(np.ones((1, len(WIDTHS))))
