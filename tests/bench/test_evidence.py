"""The arithmetic by which ways of finding evidence are compared."""

import numpy as np
import pytest
from factories import make_passage

from bench.evidence.diversity import SHOWN, _capped_by, _mmr_by
from bench.evidence.figures import Judged, ranks_told, share_read
from bench.evidence.passages import _together
from bench.evidence.weights import FOLDS, Fusable, weights_compared
from indexes.records import Hit, HitSource


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_rank_is_of_the_first_relevant_unit_and_counts_units_once() -> None:
    judged = Judged(("a", "a", "b", "c"), frozenset({"c"}), frozenset({"b"}))
    assert judged.rank(scores(4, 3, 2, 1)) == 2
    assert judged.rank(scores(1, 2, 3, 4)) == 1
    assert Judged(("a",), frozenset({"z"})).rank(scores(1)) is None


def test_ranks_are_told_as_hits_and_mrr() -> None:
    assert ranks_told([1, 4, None, 6]) == {"hit@1": 0.25, "hit@5": 0.5, "mrr": round((1 + 1 / 4 + 1 / 6) / 4, 4)}


@pytest.mark.parametrize(("budget", "share"), [(10, 0.0), (25, 0.0), (28, 0.3), (30, 0.5), (36, 0.6), (1000, 1.0)])
def test_share_read_stops_at_the_budget(budget: int, share: float) -> None:
    passages = [[(0, 10)], [(100, 120)], [(50, 60)]]
    assert share_read(passages, [(115, 120), (55, 60)], budget=budget) == pytest.approx(share)


def test_what_is_read_twice_costs_twice_and_is_met_once() -> None:
    assert share_read([[(0, 10)], [(5, 15)]], [(10, 15)], budget=15) == 0.0
    assert share_read([[(0, 10)], [(5, 15)]], [(0, 5)], budget=20) == 1.0


def test_two_rankings_together_put_first_what_both_have_high() -> None:
    assert _together(["a", "b", "c"], ["b", "c", "d"])[0] == "b"
    assert set(_together(["a"], ["b"])) == {"a", "b"}


def hits(*papers: str) -> list[Hit]:
    return [
        Hit(make_passage(paper_id=paper, ordinal=number), 1 / (number + 1), number + 1, HitSource.FUSED)
        for number, paper in enumerate(papers)
    ]


def test_mmr_passes_over_what_is_alike() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    found = hits("a", "b", "c")
    assert _mmr_by(0.5)(found, scores(1, 0.9, 0.5), vectors) == [0, 2, 1]
    assert _mmr_by(1.0)(found, scores(1, 0.9, 0.5), vectors) == [0, 1, 2]


def test_few_passages_of_a_paper_leave_room_for_others() -> None:
    found = hits(*"aaab", *"c" * SHOWN)
    places = _capped_by(2)(found, scores(), np.empty((0, 0), dtype=np.float32))
    assert places == [0, 1, 3, 4, 5]


def test_adaptive_weights_learn_whom_to_trust() -> None:
    generator = np.random.default_rng(1)
    asked = []
    for number in range(40 * FOLDS):
        noise, truth = generator.random(10, dtype=np.float32), np.zeros(10, dtype=np.float32)
        truth[number % 10] = 1.0
        is_by_word = number % 2 == 0
        keyword, dense = (truth, noise) if is_by_word else (noise, truth)
        signs = scores(1.0 if is_by_word else -1.0)
        judged = Judged(tuple(map(str, range(10))), frozenset({str(number % 10)}))
        asked.append(Fusable("covidqa", f"paper{number}", keyword, dense, signs, judged))
    table = weights_compared(asked)
    assert table["adaptive, unseen papers"]["covidqa"] > table["best constant of the set"]["covidqa"]
    assert table["best of each question"]["covidqa"] >= table["adaptive, unseen papers"]["covidqa"]
