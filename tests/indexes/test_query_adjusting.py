import numpy as np
import pytest

from indexes.query.adjusting import (
    CERTAIN_WEIGHT,
    MEANING_WEIGHT,
    WANTED_SHARE,
    WORDS_WEIGHT,
    Candidate,
    Meanings,
    adjust,
    texts_to_encode,
    topics_of,
)
from indexes.query.document_types import document_type, is_of_type
from indexes.query.mentions import Mentions
from indexes.query.parts import Instruction, Part, PartKind
from indexes.records import PassageKind

IMAGES, RADAR = Part("images"), Part("radar")


def candidate(text: str, title: str = "", section: str = "", kind: PassageKind = PassageKind.BODY) -> Candidate:
    return Candidate(text, title, section, kind)


def test_unwanted_words_lower_and_wanted_words_raise_in_shares_of_the_spread() -> None:
    candidates = [candidate("We count storks in images."), candidate("We count storks by radar."), candidate("Storks.")]
    made = adjust(candidates, Instruction("storks", unwanted=(IMAGES,), wanted=(RADAR,)), spread=2.0)
    assert made.changes.tolist() == pytest.approx([-2 * WORDS_WEIGHT, 2 * WORDS_WEIGHT * WANTED_SHARE, 0.0])
    assert [[one.name for one in told] for told in made.contributions] == [["not: images", "rather: radar"]] * 3
    assert [sum(one.amount for one in told) for told in made.contributions] == pytest.approx(made.changes.tolist())


def test_nothing_asked_changes_nothing() -> None:
    made = adjust([candidate("a"), candidate("b")], Instruction("storks"), spread=1.0)
    assert made.changes.tolist() == [0.0, 0.0]
    assert made.contributions == ((), ())
    assert adjust([], Instruction("storks", unwanted=(IMAGES,)), spread=1.0).contributions == ()


def test_meaning_counts_where_no_word_is_said_and_only_beyond_what_all_share() -> None:
    candidates = [candidate("photographs"), candidate("sound"), candidate("weather")]
    meanings = Meanings(np.array([0.5, 0.5, 0.5], "f"), np.array([[0.8, 0.5, 0.4]], "f"))
    made = adjust(candidates, Instruction("storks", unwanted=(IMAGES,)), spread=1.0, meanings=meanings)
    assert made.changes.tolist() == pytest.approx([-MEANING_WEIGHT, 0.0, 0.0])
    alike = Meanings(np.array([0.5, 0.6, 0.7], "f"), np.array([[0.6, 0.7, 0.8]], "f"))
    same = adjust(candidates, Instruction("storks", unwanted=(IMAGES,)), spread=1.0, meanings=alike)
    assert same.changes.tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_types_and_sections_are_told_by_titles_and_headings() -> None:
    candidates = [
        candidate("Storks are counted.", title="Counting Storks: A Survey"),
        candidate("Storks are counted.", title="Storks", section="3 Methods"),
    ]
    survey, methods = Part("survey", PartKind.TYPE), Part("methods", PartKind.SECTION)
    made = adjust(candidates, Instruction("storks", unwanted=(survey,), wanted=(methods,)), spread=1.0)
    assert made.changes.tolist() == pytest.approx([-CERTAIN_WEIGHT, CERTAIN_WEIGHT])


def test_only_topics_are_encoded_after_the_query() -> None:
    read = Instruction("storks", unwanted=(Part("survey", PartKind.TYPE), IMAGES), wanted=(RADAR,))
    assert topics_of(read) == (IMAGES, RADAR)
    assert texts_to_encode(read) == ["storks", "storks, images", "storks, radar"]


@pytest.mark.parametrize(
    ("part", "passage", "share"),
    [
        ("images", "We classify an image.", 1.0),
        ("images", "It works without any images.", 0.0),
        ("images", "Unlike images, sound carries far. Images are costly.", 1.0),
        ("EEG", "The method does not need EEG.", 0.0),
        ("the use of captive birds", "Birds in captivity", 1.0),
        ("captive birds", "wild birds", 0.5),
        ("画像", "画像から推定する。", 1.0),
        ("画像", "画像を使わずに推定する。", 0.0),
        ("GPT-4", "We ask GPT4.", 1 / 3),
        ("images", "sound", 0.0),
    ],
)
def test_mention_is_the_share_of_terms_that_a_passage_affirms(part: str, passage: str, share: float) -> None:
    assert Mentions.of(part).share_in(passage) == pytest.approx(share)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("surveys", "survey"),
        ("review papers", "survey"),
        ("サーベイ論文", "survey"),
        ("PhD theses", "thesis"),
        ("症例報告", "case report"),
        ("reviewers", None),
        ("survey data", None),
    ],
)
def test_kinds_of_text_are_known_by_what_readers_call_them(words: str, name: str | None) -> None:
    assert document_type(words) == name


def test_a_paper_is_a_survey_by_its_title_or_by_what_it_says_of_itself() -> None:
    assert is_of_type("survey", title="A Survey of Storks", text="") == 1.0
    assert 0 < is_of_type("survey", title="Storks", text="This survey covers 140 studies.") < 1
    assert is_of_type("survey", title="Storks", text="We surveyed 300 nurses about their work.") == 0.0
    assert is_of_type("survey", title="鶴の研究の総説", text="") == 1.0
