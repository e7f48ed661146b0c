"""Measures against hand computation, intervals and the randomisation test against what they must say."""

import math

import numpy as np
import pytest

from bench.retrieval.judged import NOWHERE
from bench.retrieval.measures import by_question, interval, p_value

QRELS = {
    "first": {"a": 1},
    "third": {"a": 1, "b": 1},
    "graded": {"a": 1, "b": 3},
    "none": {NOWHERE: 1},
    "absent": {"a": 1},
}
RUN = {"first": ["a", "b"], "third": ["x", "y", "a", "z", "b"], "graded": ["a", "x", "b"], "none": ["a", "b"]}


def values(name: str) -> dict[str, float]:
    return dict(zip(QRELS, by_question(QRELS, RUN)[name].tolist(), strict=True))


def test_reciprocal_rank_is_of_the_first_relevant_result() -> None:
    assert values("mrr") == pytest.approx({"first": 1, "third": 1 / 3, "graded": 1, "none": 0, "absent": 0})


def test_reciprocal_rank_at_10_ignores_what_stands_lower() -> None:
    run = {"q": [f"x{place}" for place in range(10)] + ["a"]}
    found = by_question({"q": {"a": 1}}, run)
    assert (found["mrr@10"][0], found["mrr"][0]) == (0.0, pytest.approx(1 / 11))


def test_hits_count_questions_with_a_relevant_result_so_high() -> None:
    assert values("hit@1") == {"first": 1, "third": 0, "graded": 1, "none": 0, "absent": 0}
    assert values("hit@3") == {"first": 1, "third": 1, "graded": 1, "none": 0, "absent": 0}


def test_ndcg_discounts_grades_by_rank() -> None:
    """Gains are the grades, discounts log2(rank + 1): Järvelin and Kekäläinen, as trec_eval computes it."""
    gained = 1 / math.log2(2) + 3 / math.log2(4)
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    third = (1 / math.log2(4) + 1 / math.log2(6)) / (1 + 1 / math.log2(3))
    assert values("ndcg@10") == pytest.approx(
        {"first": 1, "third": third, "graded": gained / ideal, "none": 0, "absent": 0}
    )


def test_recall_is_the_share_of_relevant_ones_found() -> None:
    run = {"q": [f"x{place}" for place in range(9)] + ["a", "b"]}
    assert by_question({"q": {"a": 1, "b": 1}}, run)["r@10"].tolist() == [0.5]


def test_equal_ranks_never_happen_order_of_the_run_is_kept() -> None:
    """Ids that sort against the order of the run must not change it, as they do where scores tie."""
    assert by_question({"q": {"a": 1}}, {"q": ["z", "a"]})["mrr"].tolist() == [0.5]
    assert by_question({"q": {"z": 1}}, {"q": ["a", "z"]})["mrr"].tolist() == [0.5]


def test_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = np.tile([0.0, 1.0], 10), np.tile([0.0, 1.0], 1_000)
    wide = interval(few, [str(place) for place in range(len(few))])
    narrow = interval(many, [str(place) for place in range(len(many))])
    assert wide.low < wide.mean == 0.5 < wide.high
    assert narrow.high - narrow.low < 0.2 * (wide.high - wide.low)


def test_interval_is_wider_where_questions_of_a_paper_fail_together() -> None:
    answers = np.repeat([0.0, 1.0] * 5, 20)
    alone = interval(answers, [str(place) for place in range(len(answers))])
    together = interval(answers, [str(place // 20) for place in range(len(answers))])
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_interval_of_one_standard_error_is_near_the_normal_one() -> None:
    answers = np.random.default_rng(1).random(400)
    found = interval(answers, [str(place) for place in range(400)])
    assert found.high - found.mean == pytest.approx(1.96 * answers.std() / 20, rel=0.15)


def test_same_values_are_no_difference() -> None:
    assert p_value(np.array([1.0, 0.0, 0.5]), np.array([1.0, 0.0, 0.5])) == 1.0


def test_a_difference_on_every_question_is_significant_and_noise_is_not() -> None:
    base = np.linspace(0, 1, 30)
    noise = np.random.default_rng(2).normal(0, 0.1, 30)
    assert p_value(base + 0.1, base) < 0.001
    assert p_value(base + noise - noise.mean(), base) > 0.5


def test_p_of_few_questions_is_the_share_of_sign_patterns() -> None:
    """Three equal differences: two of the eight patterns are as extreme."""
    assert p_value(np.ones(3), np.zeros(3)) == pytest.approx(0.25, abs=0.02)


def test_the_test_has_two_sides() -> None:
    better, worse = np.full(12, 0.6), np.full(12, 0.5)
    assert p_value(better, worse) == p_value(worse, better) < 0.01
