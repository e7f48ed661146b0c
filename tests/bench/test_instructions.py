import pytest
from factories import make_passage

from bench.instructions.__main__ import ranks_of, still_relevant
from bench.instructions.pairs import document_ids, read_pairs
from bench.instructions.pmrr import p_mrr, rank_change
from indexes.records import Hit, HitSource


@pytest.mark.parametrize(
    ("before", "after", "change"), [(1, 1, 0.0), (1, 2, 0.5), (2, 1, -0.5), (1, 4, 0.75), (4, 1, -0.75), (3, 6, 0.5)]
)
def test_rank_change_is_followirs(before: int, after: int, change: float) -> None:
    assert rank_change(before, after) == pytest.approx(change)


def test_p_mrr_is_the_mean_over_papers_and_absence_is_the_last_rank() -> None:
    assert p_mrr({"a": 1, "b": 2}, {"a": 2, "b": 1}, ["a", "b"], last=10) == pytest.approx(0.0)
    assert p_mrr({"a": 1}, {}, ["a"], last=10) == pytest.approx(90.0)
    assert p_mrr({}, {}, ["a"], last=10) == 0.0


def test_papers_are_ranked_by_their_best_passage() -> None:
    hits = [
        Hit(make_passage(paper_id=name, ordinal=place), 1.0, place + 1, HitSource.FUSED)
        for place, name in enumerate(["b", "a", "b", "c"])
    ]
    assert ranks_of(hits) == {"b": 1, "a": 2, "c": 3}


def test_the_set_is_whole() -> None:
    """The figures rest on at least 60 pairs, a third in Japanese, about half told by metadata; labels name papers."""
    pairs, papers = read_pairs(), document_ids()
    assert 120 <= len(papers) == len(set(papers))
    assert len(pairs) >= 60
    assert len({pair.pair_id for pair in pairs}) == len(pairs)
    assert sum(pair.language == "ja" for pair in pairs) >= 0.3 * len(pairs)
    assert 0.35 <= sum(pair.kind == "metadata" for pair in pairs) / len(pairs) <= 0.65
    for pair in pairs:
        assert pair.no_longer_relevant
        assert set(pair.no_longer_relevant) <= set(papers), pair.pair_id
        assert still_relevant(pair, papers), pair.pair_id
        assert pair.original != pair.changed
