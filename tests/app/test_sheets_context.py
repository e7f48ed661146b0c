from factories import make_passage

from app.sheets.context import CONTEXT_PASSAGES, shared_context
from indexes.records import Hit, HitSource


def hits(*ordinals: int) -> tuple[Hit, ...]:
    return tuple(
        Hit(make_passage(ordinal=ordinal, passage_id=f"p{ordinal:02}"), 1 / rank, rank, HitSource.FUSED)
        for rank, ordinal in enumerate(ordinals, start=1)
    )


def test_the_context_is_in_the_papers_order_and_has_no_passage_twice() -> None:
    context = shared_context([hits(5, 1), hits(1, 9)])
    assert [passage.ordinal for passage in context] == [1, 5, 9]


def test_what_several_questions_found_goes_before_what_one_found_first() -> None:
    single = [hits(ordinal) for ordinal in range(20, 20 + CONTEXT_PASSAGES)]
    context = shared_context([*single, hits(70, 3), hits(71, 3)])
    assert len(context) == CONTEXT_PASSAGES
    assert 3 in [passage.ordinal for passage in context]


def test_the_context_does_not_hang_on_the_questions_order() -> None:
    found = [hits(4, 2, 8), hits(2, 6), hits(*range(30, 30 + CONTEXT_PASSAGES))]
    assert shared_context(found) == shared_context(found[::-1])


def test_no_hits_give_no_context() -> None:
    assert shared_context([(), ()]) == ()
