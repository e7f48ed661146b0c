"""Where a note and a paper say the same, the paper is quoted."""

from factories import make_passage

from indexes.paper_first import paper_first
from indexes.records import Hit, HitSource, PassageKind


def hit(paper_id: str, text: str, rank: int, kind: PassageKind = PassageKind.BODY) -> Hit:
    passage = make_passage(paper_id=paper_id, text=text, kind=kind)
    return Hit(passage, 1.0 - rank / 10, rank, HitSource.FUSED)


SAID = "The drone counted 412 cranes at dusk."


def order(hits: list[Hit]) -> list[str]:
    return [one.passage.paper_id for one in paper_first(hits)]


def test_a_papers_passage_stands_before_the_note_that_repeats_it() -> None:
    hits = [
        hit("note", SAID, 1, PassageKind.NOTE),
        hit("other", "Herons were absent all week.", 2),
        hit("paper", f"It was cold. {SAID} Nobody was seen.", 3),
    ]
    moved = paper_first(hits)
    assert [(one.passage.paper_id, one.rank) for one in moved] == [("paper", 1), ("note", 2), ("other", 3)]
    assert moved[0].score == moved[1].score == hits[0].score


def test_a_note_that_says_something_else_stays_where_it_is() -> None:
    hits = [hit("note", "The observers found 380 birds.", 1, PassageKind.NOTE), hit("paper", SAID, 2)]
    assert order(hits) == ["note", "paper"]


def test_hits_without_notes_are_left_alone() -> None:
    hits = [hit("a", SAID, 1), hit("b", SAID, 2)]
    assert paper_first(hits) == hits
