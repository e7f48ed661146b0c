import pytest
from factories import make_passage

from indexes.errors import BadInput
from indexes.query.filters import Filters, filters_in_words, merged, passes
from indexes.records import Language, PaperRole, PassageKind


@pytest.mark.parametrize("date", ["23", "2023-13", "2023-02-30", "2023/04", "soon", "2023-4", "0000"])
def test_what_is_no_date_is_refused_with_its_value(date: str) -> None:
    with pytest.raises(BadInput, match=date) as refused:
        Filters(published_from=date)
    assert "2023-04" in refused.value.hint


def test_a_range_turned_round_is_refused_and_one_inside_a_year_is_not() -> None:
    with pytest.raises(BadInput, match="2024 is after published_to 2023"):
        Filters(published_from="2024", published_to="2023")
    assert Filters(published_from="2023-06", published_to="2023").published_to == "2023"


def test_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(BadInput, match="half a character"):
        Filters(text="cranes \ud83d")


@pytest.mark.parametrize("names", [("",), ("  ",), ("a" * 201,), ("Mori",) * 101])
def test_names_that_say_nothing_or_too_much_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="authors"):
        Filters(authors=names)


def test_merged_filters_ask_what_one_reader_says_in_two_places() -> None:
    first = Filters(published_from="2020", published_to="2023", authors=("Mori",), language=Language.JAPANESE)
    second = Filters(published_from="2021-05", published_to="2024", authors=("Field", "Mori"))
    both = merged(first, second)
    assert (both.published_from, both.published_to) == ("2021-05", "2023")
    assert (both.authors, both.language) == (("Mori", "Field"), Language.JAPANESE)
    assert merged(Filters(), first) == first == merged(first, Filters())


def test_filters_that_share_no_day_contradict_each_other() -> None:
    with pytest.raises(BadInput):
        merged(Filters(published_from="2023"), Filters(published_to="2020"))


def test_filters_know_what_they_are_about() -> None:
    assert not Filters().is_about_papers
    assert not Filters().is_about_passages
    assert Filters(authors_excluded=("Mori",)).is_about_papers
    assert not Filters(sections=("methods",)).is_about_papers
    assert Filters(kinds_excluded=(PassageKind.TABLE,)).is_about_passages


@pytest.mark.parametrize(
    ("section", "kind", "filters", "expected"),
    [
        ("3 Method > 3.1 Data", PassageKind.BODY, Filters(sections=("methods",)), True),
        ("3 Method > 3.1 Data", PassageKind.BODY, Filters(sections=("data",)), True),
        ("3 Method > 3.1 Data", PassageKind.BODY, Filters(sections=("results",)), False),
        ("2. Materials and Methods", PassageKind.BODY, Filters(sections=("method",)), True),
        ("3 提案手法", PassageKind.BODY, Filters(sections=("手法",)), True),
        ("5 考察", PassageKind.BODY, Filters(sections_excluded=("discussion",)), False),
        ("4 Flight plans", PassageKind.BODY, Filters(sections=("flight plan",)), True),
        ("4 Planned flights", PassageKind.BODY, Filters(sections=("flight plan",)), False),
        ("", PassageKind.ABSTRACT, Filters(sections=("abstract",)), True),
        ("", PassageKind.BODY, Filters(sections=("abstract",)), False),
        ("4 Results", PassageKind.TABLE, Filters(kinds=(PassageKind.TABLE,)), True),
        ("4 Results", PassageKind.TABLE, Filters(kinds_excluded=(PassageKind.TABLE,)), False),
    ],
)
def test_passage_passes_by_its_place(section: str, kind: PassageKind, filters: Filters, expected: bool) -> None:
    assert passes(make_passage(section=section, kind=kind), filters) is expected


def test_filters_are_told_in_words() -> None:
    filters = Filters(
        published_from="2021",
        published_to="2023",
        authors=("Mori", "Field"),
        venues_excluded=("NeurIPS",),
        language=Language.JAPANESE,
        roles=(PaperRole.PAPER,),
        sections=("method",),
    )
    assert filters_in_words(filters) == (
        "published 2021 to 2023",
        "by Mori or Field",
        "not from NeurIPS",
        "in Japanese",
        "papers only",
        "in the methods",
    )
    assert filters_in_words(Filters(published_from="2021", published_to="2021")) == ("published in 2021",)
    assert filters_in_words(Filters()) == ()
