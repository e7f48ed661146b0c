import numpy as np
import pytest

from bench.training.folds import Folds
from bench.training.rerank_examples import Example
from bench.training.reranker import Pull, cross_validated, figures, fit, over_deals

SUM = {"fused": 1.0}


def example(set_name: str, number: int, signal: float) -> Example:
    values = np.array([[0.0, signal], [0.0, -signal], [0.0, -signal]], dtype=np.float32)
    names, units = ("fused", "telling"), ("a", "b", "c")
    grades = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    return Example(set_name, f"{set_name}-{number}", names, values, grades, units, {"a": 1})


def test_weights_move_from_the_untrained_sum_towards_what_tells() -> None:
    held = [example("one", number, 1.0) for number in range(4)]
    weak, strong = fit(held, pull=Pull(0.01, SUM), shares={}), fit(held, pull=Pull(10.0, SUM), shares={})
    assert weak[0] == pytest.approx(1.0)
    assert weak[1] > strong[1] > 0.0


def test_sets_count_by_their_shares() -> None:
    held = [example("one", 1, 1.0), example("two", 1, -1.0)]
    assert fit(held, pull=Pull(0.1, SUM), shares={"two": 0.1})[1] > 0.0
    assert fit(held, pull=Pull(0.1, SUM), shares={"one": 0.1})[1] < 0.0


def test_figures_are_counted_by_set() -> None:
    weights = np.array([0.0, 1.0])
    held = [(example("one", 1, 1.0), weights), (example("two", 1, -1.0), weights)]
    found = figures(held)
    assert found["one"] == {"questions": 1, "hit@1": 1, "hit@5": 1, "mrr": 1.0, "ndcg@10": 1.0}
    assert found["two"]["mrr"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_question_is_ranked_by_weights_that_have_not_seen_its_paper() -> None:
    """What tells in one paper misleads in the other: each is ranked last by the other's weights."""
    folds = Folds({("one", "one-1"): 1, ("one", "one-2"): 1}, count=2)
    assert {folds.of("one-1"), folds.of("one-2")} == {0, 1}
    held = [example("one", 1, 1.0), example("one", 2, -1.0)]
    assert cross_validated(held, folds=folds, pull=Pull(0.01, SUM), shares={})["one"]["hit@1"] == 0.0
    alike = [example("one", 1, 1.0), example("one", 2, 1.0)]
    assert cross_validated(alike, folds=folds, pull=Pull(0.01, SUM), shares={})["one"]["hit@1"] == 1.0


def test_deals_are_told_by_mean_and_deviation() -> None:
    deals = [{"one": {"questions": 9, "mrr": value}} for value in (0.5, 0.6, 0.7)]
    assert over_deals(deals) == {"one": {"questions": 9, "mrr": 0.6, "mrr ±": 0.1}}
    assert over_deals(deals[:1])["one"]["mrr ±"] == 0.0
