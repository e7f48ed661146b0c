"""What a caller demands and what a query says, both."""

import pytest
from factories import make_passage

from indexes.errors import BadInput
from indexes.query.filters import Filters, passes
from indexes.query.intersecting import intersected
from indexes.records import Language, PaperRole, PassageKind

PAPER, NOTE = PaperRole.PAPER, PaperRole.NOTE


def test_alternatives_that_differ_stay_apart_and_the_rest_comes_together() -> None:
    given = Filters(authors=("Mori",), venues=("ICML",), published_to="2023", authors_excluded=("Lee",))
    read = Filters(authors=("Field",), venues=("ICML",), published_from="2020", authors_excluded=("Kim",))
    asked, besides = intersected(given, read)
    assert besides == Filters(authors=("Field",))
    assert (asked.authors, asked.venues, asked.authors_excluded) == (("Mori",), ("ICML",), ("Lee", "Kim"))
    assert (asked.published_from, asked.published_to) == ("2020", "2023")


def test_what_only_one_asks_is_asked_by_one_record() -> None:
    filters = Filters(authors=("Mori",), roles=(NOTE,), language=Language.JAPANESE)
    assert intersected(filters, Filters()) == (filters, Filters()) == intersected(Filters(), filters)


def test_places_in_a_paper_must_meet_both() -> None:
    given, read = Filters(kinds=(PassageKind.TABLE, PassageKind.CAPTION)), Filters(kinds=(PassageKind.CAPTION,))
    both = intersected(given, read)
    kept = [kind for kind in given.kinds if all(passes(make_passage(kind=kind), one) for one in both)]
    assert kept == [PassageKind.CAPTION]


def test_roles_are_those_that_both_allow() -> None:
    asked, _ = intersected(Filters(roles=(PAPER, NOTE)), Filters(roles=(NOTE,)))
    assert asked.roles == (NOTE,)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (Filters(roles=(PAPER,)), Filters(roles=(NOTE,))),
        (Filters(language=Language.JAPANESE), Filters(language=Language.ENGLISH)),
        (Filters(published_from="2023"), Filters(published_to="2020")),
    ],
)
def test_what_nothing_can_meet_is_refused(given: Filters, read: Filters) -> None:
    with pytest.raises(BadInput):
        intersected(given, read)
