from factories import make_passage

from indexes.near_duplicates import merged
from indexes.records import Hit, HitSource

LONG = "The grey drone counted four hundred and twelve cranes at the lake before the heavy rain began that evening."


def hit(paper_id: str, text: str, rank: int) -> Hit:
    return Hit(make_passage(paper_id=paper_id, text=text), 1 / rank, rank, HitSource.FUSED)


def names(hits: list[Hit]) -> list[tuple[str, int]]:
    return [(hit.passage.paper_id, hit.rank) for hit in hits]


def test_better_one_of_two_papers_that_say_the_same_is_kept() -> None:
    hits = [hit("a", LONG, 1), hit("b", LONG.replace("evening", "night"), 2), hit("c", "Storks rest.", 3)]
    assert names(merged(hits, k=100)) == [("a", 1), ("c", 2)]


def test_passages_of_one_paper_and_short_ones_are_kept() -> None:
    assert len(merged([hit("a", LONG, 1), hit("a", LONG, 2)], k=100)) == 2
    assert len(merged([hit("a", "cranes rest", 1), hit("b", "cranes rest", 2)], k=100)) == 2


def test_passages_that_differ_in_substance_are_kept() -> None:
    other = LONG.replace("before the heavy rain began that evening", "after the storm had passed over the hills")
    assert len(merged([hit("a", LONG, 1), hit("b", other, 2)], k=100)) == 2
