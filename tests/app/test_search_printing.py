"""What `ronbun search` shows: the query as understood, places, best lines and contributions."""

import click
import pytest
from factories import make_passage
from hypothesis import given
from hypothesis import strategies as st

from app.commands.search_printing import best_part, columns_of, contribution_lines, print_found, wrapped
from app.schemas import ContributionOutput, HitOutput, SearchOutput, UnderstoodOutput
from indexes.analysis import terms_of
from indexes.found import Found, Understood
from indexes.records import Hit, HitSource

LONG = " ".join(f"Sentence {number} tells of reeds, frogs and water in the wetland." for number in range(30))


def output(text: str = "The drone counted 412 cranes.", **understood: object) -> SearchOutput:
    fields = {"text": "cranes", "filters": [], "penalties": [], "translated": []} | understood
    hit = HitOutput(
        rank=1,
        score=0.5,
        passage_id="0123456789ab-0000",
        paper_id="0123456789ab",
        title="Counting\nCranes\x1b[31m",
        section="4 Results",
        page=2,
        page_last=3,
        text=text,
        role="note",
        contributions=[
            ContributionOutput(name="keywords", value=12.5, amount=0.75),
            ContributionOutput(name="not: drones", value=1.0, amount=-0.25),
            ContributionOutput(name="silent", value=0.0, amount=0.0),
        ],
    )
    return SearchOutput(query="cranes", understood=UnderstoodOutput.model_validate(fields), hits=[hit])


def shown(capsys: pytest.CaptureFixture[str], found: SearchOutput, *, is_whole: bool = False) -> list[str]:
    print_found(found, is_whole=is_whole)
    return click.unstyle(capsys.readouterr().out).split("\n")


def test_hit_shows_title_place_text_and_contributions(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, output())
    assert lines[0] == "  1. [note] Counting Cranes[31m"
    assert lines[1] == "     0.500 · p. 2–3 · 4 Results · 0123456789ab-0000"
    assert lines[2] == "     The drone counted 412 cranes."
    assert lines[3].split() == ["keywords", "12.500", "+0.750", "++++++++++++"]
    assert lines[4].split() == ["not:", "drones", "1.000", "-0.250", "----"]
    assert not any("silent" in line for line in lines)


def test_understanding_stands_above_only_where_there_is_something_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, output())[0].startswith("  1.")
    told = output(text="x", filters=["published since 2021"], penalties=["not: drones"], translated=[("crane", 0.8)])
    assert shown(capsys, told)[:4] == [
        "only       published since 2021",
        "ordered by not: drones",
        "translated crane 0.80",
        "",
    ]
    other = SearchOutput(query="cranes since 2021", understood=told.understood, hits=[])
    lines = shown(capsys, other)
    assert lines[0] == "searched   cranes"
    assert lines[-2] == "No passage fits; every hit had to meet what stands above."


def test_long_passage_is_shown_around_the_querys_words_and_whole_when_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = f"{LONG} The drone counted 412 cranes at dusk. {LONG}"
    part = best_part(text, frozenset(terms_of("cranes at dusk")))
    assert part.startswith("… The drone counted 412 cranes at dusk.")
    assert part.endswith(" …")
    assert len(part) < 320
    whole = " ".join(line.strip() for line in shown(capsys, output(text), is_whole=True))
    assert text in whole


def test_short_passage_is_shown_whole() -> None:
    assert best_part("The drone counted 412 cranes.", frozenset()) == "The drone counted 412 cranes."


def test_one_endless_sentence_is_cut_at_a_word() -> None:
    part = best_part("crane " * 200 + "end.", frozenset(terms_of("crane")))
    assert part.endswith("crane …")
    assert columns_of(part) < 300


@given(st.text(alphabet="ab 鶴の数、。(", max_size=200), st.integers(4, 30))
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: int) -> None:
    words = " ".join(text.split())
    lines = list(wrapped(words, width))
    assert "".join("".join(lines).split()) == "".join(words.split())
    longest = max((columns_of(word) for word in words.replace("(", " ").split()), default=0)
    assert all(columns_of(line) <= max(width, longest) for line in lines)


def test_bars_are_shares_of_the_largest_amount() -> None:
    rows = [ContributionOutput(name=name, value=1.0, amount=amount) for name, amount in (("a", 1.0), ("鶴", -0.5))]
    first, second = (click.unstyle(line) for line in contribution_lines(rows))
    assert first.endswith("+" * 12)
    assert second.endswith(" " + "-" * 6)
    assert columns_of(first) - 12 == columns_of(second) - 6


def test_hit_of_a_paper_that_was_removed_meanwhile_is_left_out() -> None:
    passages = [make_passage(paper_id=name, text="cranes") for name in ("gone", "there")]
    hits = tuple(Hit(passage, 1.0, rank, HitSource.FUSED) for rank, passage in enumerate(passages, start=1))
    made = SearchOutput.of("cranes", Found(hits, Understood("cranes")), titles={"there": "Cranes"}, is_explained=False)
    assert [(hit.rank, hit.paper_id, hit.title) for hit in made.hits] == [(1, "there", "Cranes")]
