import numpy as np
import pytest
from factories import make_passage

from indexes.rerank.model import LearnedReranker
from indexes.rerank.ordering import cross_encoded, learned_order, pieces_of
from indexes.rerank.signals import Candidates

PASSAGES = [make_passage(ordinal=n, text=text) for n, text in enumerate(("Storks rest.", "Cranes rest.", "Ducks."))]
FUSED = np.array([0.9, 0.5, 0.3], dtype=np.float32)


class LengthCrossEncoder:
    name = "by length"

    def scores(self, query: str, texts: list[str]) -> np.ndarray:
        return np.array([-len(text) for text in texts], dtype=np.float32)


def candidates() -> Candidates:
    return Candidates(
        rows=np.arange(3),
        papers=np.zeros(3, dtype=np.int64),
        keyword=FUSED,
        dense=FUSED,
        fused=FUSED,
        chosen=np.arange(3),
        pieces=None,
        is_library_wide=False,
    )


def test_learned_scores_stay_in_the_range_of_the_fused_and_parts_add_up() -> None:
    reranker = LearnedReranker("", ("coverage", "keyword"), np.array([3.0, 0.1], np.float32), np.zeros(2, np.float32))
    ordered = learned_order("cranes", PASSAGES, candidates(), reranker=reranker)
    assert ordered.scores.tolist() == pytest.approx([ordered.scores[0], 0.9, 0.3])
    assert 0.3 < ordered.scores[0] < 0.9
    sums = [sum(part.amount for part in ordered.told(place)) for place in range(3)]
    assert sums == pytest.approx(ordered.scores.tolist(), abs=1e-5)
    assert [part.name for part in ordered.told(1)][:2] == ["coverage", "being a candidate"]


def test_candidates_that_the_model_cannot_tell_apart_share_a_score() -> None:
    reranker = LearnedReranker("", ("coverage",), np.zeros(1, np.float32), np.zeros(1, np.float32))
    assert learned_order("cranes", PASSAGES, candidates(), reranker=reranker).scores.tolist() == pytest.approx(
        [0.3] * 3
    )


def test_cross_encoder_decides_the_order() -> None:
    ordered = cross_encoded("cranes", PASSAGES, candidates(), cross_encoder=LengthCrossEncoder())
    assert np.argsort(-ordered.scores, kind="stable").tolist() == [2, 0, 1]
    assert ordered.scores[2] == pytest.approx(0.9)


def test_without_word_pieces_nothing_is_compared() -> None:
    assert pieces_of(None, [1, 2], {}) is None
