import numpy as np
import pytest

from bench.training.rerank_examples import Example
from bench.training.reranker import figures, fit


def example(set_name: str, number: int, signal: float) -> Example:
    values = np.array([[0.0, signal], [0.0, -signal], [0.0, -signal]], dtype=np.float32)
    names, units = ("fused", "telling"), ("a", "b", "c")
    grades = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    return Example(set_name, f"{set_name}-{number}", names, values, grades, units, {"a": 1})


def test_weights_move_from_the_untrained_sum_towards_what_tells() -> None:
    held = [example("one", number, 1.0) for number in range(4)]
    weak, strong = fit(held, pull=0.01, shares={}), fit(held, pull=10.0, shares={})
    assert weak[0] == pytest.approx(1.0)
    assert weak[1] > strong[1] > 0.0


def test_sets_count_by_their_shares() -> None:
    held = [example("one", 1, 1.0), example("two", 1, -1.0)]
    assert fit(held, pull=0.1, shares={"two": 0.1})[1] > 0.0
    assert fit(held, pull=0.1, shares={"one": 0.1})[1] < 0.0


def test_figures_are_counted_by_set() -> None:
    weights = np.array([0.0, 1.0])
    held = [(example("one", 1, 1.0), weights), (example("two", 1, -1.0), weights)]
    found = figures(held)
    assert found["one"] == {"questions": 1, "hit@1": 1, "hit@5": 1, "mrr": 1.0, "ndcg@10": 1.0}
    assert found["two"]["mrr"] == pytest.approx(1 / 3, abs=1e-4)
