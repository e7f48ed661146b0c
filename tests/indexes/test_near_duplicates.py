from factories import make_passage
from hypothesis import given
from hypothesis import strategies as st

from indexes.near_duplicates import MIN_OVERLAP, MIN_SHINGLES, SHINGLE_WORDS, merged
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


WORDS = st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=40)


@given(WORDS, st.lists(st.tuples(st.integers(0, 39), st.sampled_from("abz")), max_size=4))
def test_two_are_one_exactly_when_they_share_enough_runs(words: list[str], changes: list[tuple[int, str]]) -> None:
    """The quick look at single words never keeps what the runs of words would merge."""
    changed = list(words)
    for place, word in changes:
        changed[place % len(changed)] = word
    first, second = ({*zip(*(each[n:] for n in range(SHINGLE_WORDS)), strict=False)} for each in (words, changed))
    is_same = min(len(first), len(second)) >= MIN_SHINGLES
    is_same = is_same and len(first & second) >= MIN_OVERLAP * len(first | second)
    kept = merged([hit("a", " ".join(words), 1), hit("b", " ".join(changed), 2)], k=10)
    assert len(kept) == (1 if is_same else 2)
