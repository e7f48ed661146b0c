from itertools import pairwise

import pytest
from factories import make_passage
from hypothesis import given
from hypothesis import strategies as st

from app.answering.claims import without_markers
from app.answering.quotes import cite, quote_spans
from indexes.records import Box, Span

TEXT = (
    "Cranes rest near the lake [3]. The drone counted 412 of them\nin May. It flew for 18 minutes. "
    "The camera weighs 250 g. Ducks stayed away."
)


def quotes(sentence: str, *, hint: str = "", text: str = TEXT) -> list[str]:
    passage = make_passage(text=text)
    return [text[start:end] for start, end in quote_spans(sentence, passage, hint=hint)]


def test_quote_spans_finds_the_sentence_itself_under_other_spacing_and_citations() -> None:
    assert quotes("Cranes rest near the lake.") == ["Cranes rest near the lake [3]."]
    assert quotes("The drone counted 412 of them in May.") == ["The drone counted 412 of them\nin May."]


def test_quote_spans_finds_the_sentence_that_shares_most() -> None:
    assert quotes("A flight lasts 18 minutes.") == ["It flew for 18 minutes."]


def test_quote_spans_adds_a_second_sentence_that_holds_a_missing_number() -> None:
    assert quotes("412 cranes were counted with a camera of 250 g.") == [
        "The camera weighs 250 g.",
        "The drone counted 412 of them\nin May.",
    ]


def test_quote_spans_joins_neighbours() -> None:
    assert quotes("It counted 412 of them in May and flew for 18 minutes.") == [
        "The drone counted 412 of them\nin May. It flew for 18 minutes."
    ]


def test_quote_spans_of_another_language_goes_by_numbers_then_by_the_hint() -> None:
    assert quotes("カメラは250gである。") == ["The camera weighs 250 g."]
    assert quotes("鴨は近寄らなかった。", hint="Did ducks stay away?") == ["Ducks stayed away."]


@given(st.text(max_size=60), st.text(min_size=1, max_size=120).filter(lambda text: text.strip()))
def test_quote_spans_are_slices_of_the_passage_without_overlap(sentence: str, text: str) -> None:
    passage = make_passage(text=text)
    spans = sorted(quote_spans(sentence, passage, hint=""))
    assert spans
    for start, end in spans:
        assert 0 <= start < end <= len(text)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_cite_places_the_quote_on_its_page() -> None:
    second = TEXT.index("It flew")
    spans = (
        Span(0, second - 1, 2, Box(72, 700, 300, 712)),
        Span(second, len(TEXT), 3, Box(72, 60, 300, 72)),
    )
    passage = make_passage(text=TEXT, spans=spans)
    citation = cite((second, second + 23), passage, marker=4, title="Quiet Drones")
    assert (citation.quote, citation.page, citation.marker) == ("It flew for 18 minutes.", 3, 4)
    (placed,) = citation.boxes
    assert placed.page == 3
    assert placed.box.x0 == 72
    assert placed.box.x1 < 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It flew. [1]", "It flew."),
        ("It flew [1, 2] far[3].", "It flew far."),
        ("飛んだ【2】。", "飛んだ。"),
        ("An array a[i] of [x] stays.", "An array a[i] of [x] stays."),
    ],
)
def test_without_markers_leaves_no_number_in_brackets(text: str, expected: str) -> None:
    assert without_markers(text) == expected
